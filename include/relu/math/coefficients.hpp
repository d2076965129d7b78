// SPDX-License-Identifier: MIT
// Made by tests/polynomials/polynomials.sollya; not to be edited.
// clang-format off
#pragma once

#include <relu/detail/abi.hpp>

namespace relu::inline RELU_ABI::math {

struct fast_toolkit;

/// Coefficients, from the constant term on, of polynomials in x: for results of type T, or for fast_toolkit.
template <class T> struct coefficients;

template <> struct coefficients<float> {
  // expm1(x) / x for |x| <= log(2) / 2, within 2^-32 of it
  static constexpr double exponential[]{
      0x1.00000000225e4p0, 0x1.0000002821e98p-1, 0x1.555554c5d4358p-3, 0x1.5554ad8cb4e9ap-5,
      0x1.1111a699f9ce4p-7, 0x1.6d74abca9ccfap-10, 0x1.a019e884ce725p-13};
  // 2 artanh(s) / s, x = s^2, for s <= 1/3, within 2^-38.5 of it
  static constexpr double logarithm[]{
      0x1.0000000002c3cp1, 0x1.5555552f974edp-1, 0x1.9999c39284116p-2, 0x1.2489910a5a306p-2,
      0x1.c8d30ebe5aecfp-3, 0x1.5e8bb595cb687p-3, 0x1.c013a38e49ebfp-3};
  static constexpr double end_of_shrunk = 1;
  // (s - tanh(s)) / s^3, x = s^2, for s <= end_of_shrunk, within 2^-34.5 of it
  static constexpr double shrunk[]{
      0x1.555555551d891p-2, -0x1.111110b9a9b52p-3, 0x1.ba1b742dd4ec9p-5, -0x1.664aa35987d29p-6,
      0x1.222fea21c2451p-7, -0x1.d304974c21df4p-9, 0x1.6b0645593adcp-10, -0x1.f52488a9ec422p-12,
      0x1.01a853cb02ab6p-13, -0x1.140ed3c6165dcp-16};
  static constexpr double end_of_tail = 15;
  // exp(z^2 / 2) Phi(-z), x = 1 / (z + 4), z <= end_of_tail, within 2^-31.5 of it
  static constexpr double tail[]{
      0x1.55082aa5b6b1dp-19, 0x1.9839948cf6d3fp-2, 0x1.9c2b649edbf0dp0, 0x1.6411f56a318ep2,
      0x1.cdcfe4d2980a5p4, -0x1.569245715ab4ap5, 0x1.27d07987504c4p10, -0x1.833aea9009275p12,
      0x1.d1df7a4e1c90ep14, -0x1.4801822335cdp16, 0x1.cb467f8d3c21bp16, -0x1.0053db2d2b5f6p16};
};

template <> struct coefficients<double> {
  // (expm1(x) - x) / x^2 for |x| <= log(2) / 2, within 2^-58 of it
  static constexpr double exponential[]{
      0x1p-1, 0x1.5555555555557p-3, 0x1.5555555555552p-5, 0x1.1111111110053p-7, 0x1.6c16c16c18934p-10,
      0x1.a01a01ac1cd15p-13, 0x1.a01a0197bc5bfp-16, 0x1.71de01afb0f8cp-19, 0x1.27e500defba53p-22,
      0x1.af4ec6d4fb612p-26, 0x1.1f32f4c5640e8p-29};
  // 2 artanh(s) / s, x = s^2, for s <= 1/3, within 2^-59.25 of it
  static constexpr double logarithm[]{
      0x1p1, 0x1.5555555555534p-1, 0x1.99999999a094cp-2, 0x1.2492492080ab2p-2, 0x1.c71c7420d37c2p-3,
      0x1.745cb38741bc6p-3, 0x1.3b1de35c73acfp-3, 0x1.106773a6e0ae6p-3, 0x1.efdc2fc9b71bbp-4,
      0x1.55a43d3d8ee58p-4, 0x1.5c81785ac13ecp-3};
  static constexpr double end_of_shrunk = 1.25;
  // (s - tanh(s)) / s^3, x = s^2, for s <= end_of_shrunk, within 2^-53.75 of it
  static constexpr double shrunk[]{
      0x1.5555555555555p-2, -0x1.1111111111091p-3, 0x1.ba1ba1ba14b03p-5, -0x1.664f48815d532p-6,
      0x1.226e35362039p-7, -0x1.d6d3cb16795ffp-9, 0x1.7da31ba81039dp-10, -0x1.35559806ac95cp-11,
      0x1.f55b9123dfcf5p-13, -0x1.95d2f82ec3577p-14, 0x1.46e1d9eae7ccap-15, -0x1.031a81d98cb41p-16,
      0x1.8a68e19579c0bp-18, -0x1.1485fecb5fb2dp-19, 0x1.516eb505b1ea7p-21, -0x1.4e2403df3e965p-23,
      0x1.eb84b2ff5618ep-26, -0x1.d52e3edef6e9p-29, 0x1.af0ab47cbc349p-33};
  static constexpr double end_of_tail = 40;
  // exp(z^2 / 2) Phi(-z) (z + 4), x = (z - 4) / (z + 4), z <= end_of_tail, within 2^-54.5 of it
  static constexpr double tail[]{
      0x1.82b4bb8c94dcep-1, -0x1.373e3a893c28ap-1, 0x1.8c6dbf2cfc2c8p-2, -0x1.7dff2bff68411p-3,
      0x1.eec4cc3e47b5cp-5, -0x1.ee27610455016p-8, -0x1.c81719cc23e2dp-9, 0x1.ab825fb63a76p-10,
      0x1.17a4a735075fp-13, -0x1.e4a422f09a125p-13, -0x1.00125c05a84p-19, 0x1.26d078859c0afp-15,
      0x1.7fe8878dd0dabp-21, -0x1.8d4ad5422bac8p-18, -0x1.4fc724ecb19e6p-21, 0x1.125a7f9747103p-20,
      0x1.1bebb156d47aep-22, -0x1.50bd21bbb2ebap-23, -0x1.4c9ee2a1667d3p-24, 0x1.16764315deaaap-26,
      0x1.fab5050695edp-27, -0x1.a092aa96acb48p-32, -0x1.521786bbe3bd7p-30};
};

template <> struct coefficients<fast_toolkit> {
  // expm1(x) / x for |x| <= log(2) / 2, within 2^-26 of it
  static constexpr double exponential[]{
      0x1p0, 0x1.fffffep-2, 0x1.5554bp-3, 0x1.555716p-5, 0x1.122798p-7, 0x1.6b735cp-10};
  // log(1 + x) / x for 2^-40 <= x <= 1, within 2^-27.25 of it
  static constexpr double log1p[]{
      0x1p0, -0x1.ffffdp-2, 0x1.554da4p-2, -0x1.ff2136p-3, 0x1.934142p-3, -0x1.3a2fa4p-3, 0x1.b4872ap-4,
      -0x1.d695d8p-5, 0x1.492c9p-6, -0x1.afc06ep-9};
  static constexpr double end_of_shrunk = 1;
  // (s - tanh(s)) / s^3, x = s^2, for s <= end_of_shrunk, within 2^-24.75 of it
  static constexpr double shrunk[]{
      0x1.555556p-2, -0x1.11112cp-3, 0x1.ba1af6p-5, -0x1.660068p-6, 0x1.1eada6p-7, -0x1.acf0eap-9,
      0x1.faea1ep-11, -0x1.437b6ep-13};
  static constexpr double end_of_tail = 14.75;
  // tail(z) / (sqrt(2 pi) z tail(z) + tail_rest(z)) is exp(z^2 / 2) Phi(-z) for z <= end_of_tail, within 2^-24.75 of it
  static constexpr double tail[]{
      0x1.cp0, 0x1.9a174ep0, 0x1.6286c4p-1, 0x1.46ff68p-3, 0x1.1768aap-6};
  static constexpr double tail_rest[]{
      0x1.cp1, 0x1.9c1e3ep0, 0x1.9d9258p-2, 0x1.5ca58ep-5, 0x1.12f1c6p-18};
};

} // namespace relu::inline RELU_ABI::math
