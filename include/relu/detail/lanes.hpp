// SPDX-License-Identifier: MIT
// The seam to xsimd: a group of lanes in memory, and the functions that an xsimd::batch and a scalar share.
// Above this file nothing knows which of the two it computes on.
#pragma once

#include <relu/arch.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace relu::inline RELU_ABI::detail {

template <class V> concept scalar_value = std::is_arithmetic_v<V>;

/// The element type of V: T of a scalar T, T of a batch of T.
template <class V> struct value_of {
  using type = V;
};

/// The signed integer as large as T.
template <class T> struct bits_of {
  using type = T;
};
template <> struct bits_of<float> {
  using type = std::int32_t;
};
template <> struct bits_of<double> {
  using type = std::int64_t;
};

/// The lowest n < 64 bits.
[[gnu::always_inline]] constexpr std::uint64_t first_bits(std::size_t n) noexcept {
  return (std::uint64_t{1} << n) - 1;
}
[[gnu::always_inline]] constexpr std::size_t popcount(std::uint64_t bits) noexcept {
  return static_cast<std::size_t>(__builtin_popcountll(bits)); // not std::popcount, see detail::bits()
}

// --- one element ---

/// One group of T as it is processed at a time on Arch. Without a vector register for T: a single T.
template <class T, class Arch> struct lanes {
  using type = T;
  static constexpr std::size_t size = 1;
  static constexpr bool streams = false;

  static constexpr T load(const T* p) noexcept { return *p; }
  static constexpr void store(T* p, T v) noexcept { *p = v; }
  static constexpr std::uint64_t mask(bool condition) noexcept { return condition; }
  static constexpr bool condition_of(std::uint64_t bits) noexcept { return bits & 1; }
  static constexpr bool compresses = false;

  using counter = std::size_t;
  static constexpr counter count_if(counter c, bool condition) noexcept { return c + condition; }
  static constexpr std::size_t sum(counter c) noexcept { return c; }
};

/// The integer with the same bits, and the condition on T that was decided on it. Not by std::bit_cast:
/// without optimisation that is a function, and the parts of a program share it, whatever each is compiled
/// for.
template <scalar_value T> constexpr auto bits(T x) noexcept {
  return __builtin_bit_cast(typename bits_of<T>::type, x);
}
template <class T> constexpr bool condition_on(bool condition) noexcept { return condition; }

template <scalar_value T> constexpr T select(bool condition, T a, T b) noexcept { return condition ? a : b; }

// Which registers hold floating-point numbers and vectors, for inline assembly.
#if defined(__SSE2__)
#define RELU_REGISTER "+x"
#elif defined(__aarch64__) || defined(__ARM_NEON)
#define RELU_REGISTER "+w"
#elif defined(__wasm__)
#define RELU_REGISTER "+r"
#elif defined(__VSX__)
#define RELU_REGISTER "+wa"
#elif defined(__VX__)
#define RELU_REGISTER "+v"
#elif defined(__riscv_flen)
#define RELU_REGISTER "+f"
#else
#define RELU_REGISTER "+m" // slow, but right everywhere
#endif

/// x, with no way for the compiler to see where it comes from. LLVM would turn select(c, s * x, x) into
/// x * select(c, s, 1), which quiets a NaN and, with denormals turned off, flushes an x that should pass. GCC
/// would turn a comparison with a constant into a minimum and a comparison, and a product and a sum into one
/// operation, which rounds once.
template <class Register> constexpr void hide([[maybe_unused]] Register& x) noexcept {
  if constexpr (!std::is_class_v<Register>) {
    if (!std::is_constant_evaluated()) asm("" : RELU_REGISTER(x));
  } else if constexpr (requires { x[0]; }) asm("" : "+m"(x)); // an array, of xsimd's emulated batches
}
template <scalar_value T> constexpr T opaque(T x) noexcept {
  if constexpr (std::is_floating_point_v<T>) hide(x);
  return x;
}

template <std::integral T> constexpr T wrapping_add(T a, T b) noexcept {
  using U = std::make_unsigned_t<T>;
  return static_cast<T>(static_cast<U>(static_cast<U>(a) + static_cast<U>(b)));
}

/// a + b and a * b; integers wrap.
template <scalar_value T> constexpr T add(T a, T b) noexcept {
  if constexpr (std::integral<T>) return wrapping_add(a, b);
  else return a + b;
}
template <scalar_value T> constexpr T multiply(T a, T b) noexcept {
  if constexpr (std::integral<T>)
    return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  else return a * b;
}

/// f of each element.
template <scalar_value T, class F> constexpr T each(T x, F f) { return f(x); }

/// The smaller and the larger of two numbers; of a NaN whatever is fastest.
template <std::floating_point T> constexpr T min(T a, T b) noexcept { return a < b ? a : b; }
template <std::floating_point T> constexpr T max(T a, T b) noexcept { return a > b ? a : b; }

template <std::floating_point T> constexpr T abs(T x) noexcept {
  return __builtin_bit_cast(T, bits(x) & std::numeric_limits<typename bits_of<T>::type>::max());
}

/// |a| with the sign of b.
constexpr float copysign(float a, float b) noexcept { return __builtin_copysignf(a, b); }
constexpr double copysign(double a, double b) noexcept { return __builtin_copysign(a, b); }

/// The number with these bits.
constexpr double double_of(std::int64_t bits) noexcept { return __builtin_bit_cast(double, bits); }

/// Whether fused(a, b, c) = a * b + c rounds once: where that is one operation.
#ifdef __FP_FAST_FMA
template <class V> inline constexpr bool fuses = true;
constexpr double fused(double a, double b, double c) noexcept { return __builtin_fma(a, b, c); }
constexpr float fused(float a, float b, float c) noexcept { return __builtin_fmaf(a, b, c); }
#else
template <class V> inline constexpr bool fuses = false;
template <std::floating_point T> constexpr T fused(T a, T b, T c) noexcept { return a * b + c; }
#endif

/// f(x), where f takes a double, or a batch of doubles as large as that of floats.
template <class F> constexpr double in_double(double x, F f) { return f(x); }
template <class F> constexpr float in_double(float x, F f) {
  return static_cast<float>(f(static_cast<double>(x)));
}

/// f(i, a, b) of the lanes from i on of a and b as doubles, for each group of doubles that they fill.
template <std::floating_point T, class F>
[[gnu::always_inline]] constexpr void each_in_double(T a, T b, F f) {
  f(std::size_t{0}, static_cast<double>(a), static_cast<double>(b));
}

#if RELU_WITH_XSIMD

// --- a batch of elements ---

template <class T, class Arch> struct value_of<xsimd::batch<T, Arch>> {
  using type = T;
};

/// The numbers of the bits that are set, for each byte, then zeros.
struct all_permutations {
  alignas(32) std::uint32_t of[256][8] = {};
  constexpr all_permutations() {
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::uint32_t* next = of[byte];
      for (std::uint32_t bit = 0; bit < 8; ++bit) {
        if (byte >> bit & 1) *next++ = bit;
      }
    }
  }
};
inline constexpr all_permutations permutations{};

template <class T, class Arch>
requires(xsimd::types::has_simd_register<T, Arch>::value && !flushes_denormals<T, Arch>)
struct lanes<T, Arch> {
  using type = xsimd::batch<T, Arch>;
  using condition = typename type::batch_bool_type;
  static constexpr std::size_t size = type::size;
  static constexpr bool streams = has_streaming_stores<Arch>;

  static type load(const T* p) noexcept {
    type v;
    if constexpr (aliased_by_xsimd<T, Arch>) std::memcpy(&v, p, sizeof v);
    else v = type::load_unaligned(p);
    // Folded into a masked operation the load would wait for the mask, and so for the load of another input.
    if constexpr (predicated) hide(v.data);
    return v;
  }
  static void store(T* p, type v) noexcept {
    if constexpr (aliased_by_xsimd<T, Arch>) std::memcpy(p, &v, sizeof v);
    else v.store_unaligned(p);
  }

  /// The first n < size elements; the other lanes are 0. Nothing beyond p + n is touched.
  static type load_partial(const T* p, std::size_t n) noexcept {
    if constexpr (predicated)
      return type::load(p, condition::from_mask(first_bits(n)), xsimd::unaligned_mode{});
    else {
      const auto* const bytes = reinterpret_cast<const char*>(p);
      return from_words(bytes, n * sizeof(T), std::make_index_sequence<sizeof(type) / 8>{});
    }
  }
  static void store_partial(T* p, type v, std::size_t n) noexcept {
    if constexpr (predicated) v.store(p, condition::from_mask(first_bits(n)), xsimd::unaligned_mode{});
    else {
      alignas(Arch::alignment()) T padded[size];
      store(padded, v);
      copy_partial<size / 2>(p, padded, n);
    }
  }

  /// To an aligned p, past the caches. Other threads may see what is stored later first, but for a fence.
  static void stream(T* p, type v) noexcept { v.store(p, xsimd::stream_mode{}); }
  static void fence() noexcept {
#ifdef __SSE2__
    __builtin_ia32_sfence();
#endif
  }

  /// Bit i: whether the condition holds in lane i, or in lane i < n.
  static std::uint64_t mask(condition c) noexcept { return c.mask(); }
  static std::uint64_t mask(condition c, std::size_t n) noexcept { return c.mask() & first_bits(n); }

  /// The condition that holds in the lanes i with a bit i.
  static condition condition_of(std::uint64_t bits) noexcept {
    if constexpr (predicated || size > 8 * sizeof(T))
      return condition::from_mask(size < 64 ? bits & first_bits(size % 64) : bits);
    else {
      const auto bit = each_its_bit(std::make_index_sequence<size>{});
      return xsimd::batch_bool_cast<T>((decltype(bit)(static_cast<unsigned_bits>(bits)) & bit) == bit);
    }
  }

  /// For each lane how often a condition held, up to 127 times.
  using counter = xsimd::batch<typename bits_of<T>::type, Arch>;
  static counter count_if(counter c, condition held) noexcept {
    using I = typename bits_of<T>::type;
    return c + xsimd::bitwise_cast<I>(xsimd::select(held, type(__builtin_bit_cast(T, I{1})), type(T(0))));
  }
  static std::size_t sum(counter c) noexcept {
    typename bits_of<T>::type lane[size];
    std::memcpy(lane, &c, sizeof c);
    std::size_t total = 0;
    for (const auto count : lane) total += static_cast<std::size_t>(count);
    return total;
  }

  /// Whether the lanes of a mask can be moved together fast: by an instruction, or by one of 256
  /// permutations.
  static constexpr bool compresses = sizeof(T) == 4 && (has_compress<Arch> || has_permutation<Arch>);

  /// The lanes i with a bit i as the first of `size` values, and at + i as the first of as many indices.
  /// What is written behind them is of no use.
  static void compress(T* values, [[maybe_unused]] std::uint32_t* indices, type v,
                       [[maybe_unused]] std::uint64_t bits, [[maybe_unused]] std::uint32_t at) noexcept {
    using positions [[maybe_unused]] = xsimd::batch<std::uint32_t, Arch>;
    auto words = xsimd::bitwise_cast<std::uint32_t>(v);
    if constexpr (has_compress<Arch>) {
#ifdef __AVX512F__
      // To a register and then to memory: compressing stores are many times slower on AMD's processors.
      const auto mask = static_cast<__mmask16>(bits);
      const positions all = numbers(std::make_index_sequence<size>{}) + positions(at);
      words = _mm512_maskz_compress_epi32(mask, words);
      positions(_mm512_maskz_compress_epi32(mask, all)).store_unaligned(indices);
#endif
    } else if constexpr (has_permutation<Arch>) {
#ifdef __AVX2__
      const auto from = positions::load_aligned(permutations.of[bits]);
      words = _mm256_permutevar8x32_epi32(words, from);
      (from + positions(at)).store_unaligned(indices);
#endif
    }
    store(values, xsimd::bitwise_cast<T>(words));
  }

private:
  template <std::size_t... I>
  static xsimd::batch<std::uint32_t, Arch> numbers(std::index_sequence<I...>) noexcept {
    return {std::uint32_t{I}...};
  }

  // Where masked stores are as fast as others: AVX-512 and its like. AVX has them too, but they cost tens of
  // cycles on AMD's processors before Zen 5.
  static constexpr bool predicated = sizeof(type) == 64;

  using unsigned_bits = std::make_unsigned_t<typename bits_of<T>::type>;
  template <std::size_t... I>
  static xsimd::batch<unsigned_bits, Arch> each_its_bit(std::index_sequence<I...>) noexcept {
    return {static_cast<unsigned_bits>(std::uint64_t{1} << I)...};
  }

  // The n bytes at p, then zeros. The words are put together in registers: a group that is loaded from where
  // it was just stored in pieces waits until they are in the cache.
  template <std::size_t... I>
  static type from_words(const char* p, std::size_t n, std::index_sequence<I...>) noexcept {
    const std::uint64_t last = last_word(p, n);
    const auto word = [=](std::size_t i) {
      return i < n / 8 ? read<std::uint64_t>(p + 8 * i) : i == n / 8 ? last : 0;
    };
    xsimd::batch<std::uint64_t, Arch> words(word(I)...);
    hide(words.data); // clang 14 does not come to an end with what it sees in them, for WebAssembly
    return xsimd::bitwise_cast<T>(words);
  }

  // The last n % 8 of the n bytes at p, as the first bytes of a word.
  static std::uint64_t last_word(const char* p, std::size_t n) noexcept {
    const std::size_t rest = n % 8;
    if (rest == 0) return 0;
    if (n >= 8) {
      const auto word = read<std::uint64_t>(p + n - 8);
      return little_endian ? word >> (64 - 8 * rest) : word << (64 - 8 * rest);
    }
    if (rest >= 4) return piece<std::uint32_t>(p, 0) | piece<std::uint32_t>(p, rest - 4);
    if (rest >= 2) return piece<std::uint16_t>(p, 0) | piece<std::uint16_t>(p, rest - 2);
    return piece<std::uint8_t>(p, 0);
  }

  static constexpr bool little_endian = std::endian::native == std::endian::little;

  // The U at p + offset, at that place of a word that begins at p.
  template <class U> static std::uint64_t piece(const char* p, std::size_t offset) noexcept {
    const std::size_t shift = little_endian ? 8 * offset : 64 - 8 * (offset + sizeof(U));
    return std::uint64_t{read<U>(p + offset)} << shift;
  }

  template <class U> static U read(const char* p) noexcept {
    U u;
    std::memcpy(&u, p, sizeof u);
    return u;
  }

  // 0 < n < 2 * Chunk elements: the first Chunk of them and the last Chunk, or else half as many. Every copy
  // has a constant size, so none is a call.
  template <std::size_t Chunk> static void copy_partial(T* to, const T* from, std::size_t n) noexcept {
    if constexpr (Chunk > 1) {
      if (n < Chunk) return copy_partial<Chunk / 2>(to, from, n);
    }
    std::memcpy(to, from, Chunk * sizeof(T));
    std::memcpy(to + (n - Chunk), from + (n - Chunk), Chunk * sizeof(T));
  }
};

template <class T, class Arch>
xsimd::batch<T, Arch> select(xsimd::batch_bool<T, Arch> condition, xsimd::batch<T, Arch> a,
                             xsimd::batch<T, Arch> b) noexcept {
  return xsimd::select(condition, a, b);
}

template <class T, class Arch> auto bits(xsimd::batch<T, Arch> x) noexcept {
  return xsimd::bitwise_cast<typename bits_of<T>::type>(x);
}
template <class T, class I, class Arch> auto condition_on(xsimd::batch_bool<I, Arch> condition) noexcept {
  return xsimd::batch_bool_cast<T>(condition);
}

// Integers that wrap, also where a lane is computed by an operator of C++. (Smaller ones are promoted to
// int.)
template <std::integral T>
using wrapping = std::conditional_t<sizeof(T) < sizeof(int), T, std::make_unsigned_t<T>>;

template <class T, class Arch>
xsimd::batch<T, Arch> wrapping_add(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) noexcept {
  return xsimd::bitwise_cast<T>(xsimd::bitwise_cast<wrapping<T>>(a) + xsimd::bitwise_cast<wrapping<T>>(b));
}

template <class T, class Arch> xsimd::batch<T, Arch> opaque(xsimd::batch<T, Arch> x) noexcept {
  hide(x.data);
  return x;
}

template <class T, class Arch, class F> xsimd::batch<T, Arch> each(xsimd::batch<T, Arch> x, F f) {
  using group = lanes<T, Arch>;
  alignas(Arch::alignment()) T lane[group::size];
  group::store(lane, x);
#pragma GCC unroll 1
  for (T& v : lane) v = f(v);
  return group::load(lane);
}

template <class T, class Arch>
xsimd::batch<T, Arch> multiply(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) noexcept {
  if constexpr (std::integral<T>)
    return xsimd::bitwise_cast<T>(xsimd::bitwise_cast<wrapping<T>>(a) * xsimd::bitwise_cast<wrapping<T>>(b));
  else return a * b;
}

template <class T, class Arch>
xsimd::batch<T, Arch> add(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) noexcept {
  if constexpr (std::integral<T>) return wrapping_add(a, b);
  else return a + b;
}

template <class T, class Arch> xsimd::batch<T, Arch> abs(xsimd::batch<T, Arch> x) noexcept {
  return xsimd::abs(x);
}

template <class T, class Arch>
xsimd::batch<T, Arch> min(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) noexcept {
  return xsimd::min(a, b);
}
template <class T, class Arch>
xsimd::batch<T, Arch> max(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) noexcept {
  return xsimd::max(a, b);
}

template <class T, class Arch>
xsimd::batch<T, Arch> copysign(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) noexcept {
  return xsimd::copysign(a, b);
}

template <class Arch> auto double_of(xsimd::batch<std::int64_t, Arch> bits) noexcept {
  return xsimd::bitwise_cast<double>(bits);
}

template <class T, class Arch> inline constexpr bool fuses<xsimd::batch<T, Arch>> = has_fma<Arch>;
template <class T, class Arch>
xsimd::batch<T, Arch> fused(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b,
                            xsimd::batch<T, Arch> c) noexcept {
  if constexpr (has_fma<Arch>) return xsimd::fma(a, b, c);
  else return a * b + c;
}
template <class T, std::size_t N> struct vector_of_compiler {
  typedef T type __attribute__((vector_size(N * sizeof(T))));
};
template <class T, std::size_t N> using compiler_vector = typename vector_of_compiler<T, N>::type;

/// As many floats as doubles fill a register, as a vector of the compiler's, and the doubles.
template <class Arch> using half_floats = compiler_vector<float, xsimd::batch<double, Arch>::size>;
template <class Arch> xsimd::batch<double, Arch> widened(half_floats<Arch> x) noexcept {
  using group = xsimd::batch<double, Arch>;
#ifdef __AVX512F__ // GCC 12 converts a vector in pieces
  if constexpr (group::size == 8) return _mm512_maskz_cvtps_pd(0xff, __builtin_bit_cast(__m256, x));
  else
#elif defined(__AVX__)
  if constexpr (group::size == 4) return _mm256_cvtps_pd(__builtin_bit_cast(__m128, x));
  else
#endif
  {
    const auto wide = __builtin_convertvector(x, compiler_vector<double, group::size>);
    return group(__builtin_bit_cast(typename group::register_type, wide));
  }
}
template <class Arch> half_floats<Arch> narrowed(xsimd::batch<double, Arch> x) noexcept {
  using group = xsimd::batch<double, Arch>;
#ifdef __AVX512F__
  if constexpr (group::size == 8)
    return __builtin_bit_cast(half_floats<Arch>, _mm512_maskz_cvtpd_ps(0xff, x));
  else
#endif
    return __builtin_convertvector(__builtin_bit_cast(compiler_vector<double, group::size>, x.data),
                                   half_floats<Arch>);
}

/// The lanes of a batch of floats as doubles, and back.
template <class Arch> struct doubles {
  xsimd::batch<double, Arch> first, second;
};
template <class Arch> doubles<Arch> in_doubles(xsimd::batch<float, Arch> x) noexcept {
  using group = xsimd::batch<double, Arch>;
  constexpr std::size_t half = group::size;
  if constexpr (has_compiler_vectors<Arch>) { // which it converts in registers
    struct halves {
      half_floats<Arch> first, second;
    };
    const auto parts = __builtin_bit_cast(halves, x.data);
    return {widened<Arch>(parts.first), widened<Arch>(parts.second)};
  } else {
    alignas(Arch::alignment()) float lane[2 * half];
    alignas(Arch::alignment()) double wide[2 * half];
    x.store_aligned(lane);
    const float* from = lane;
    for (double& v : wide) v = static_cast<double>(*from++);
    return {group::load_aligned(wide), group::load_aligned(wide + half)};
  }
}
template <class Arch> xsimd::batch<float, Arch> in_floats(doubles<Arch> x) noexcept {
  using group = xsimd::batch<float, Arch>;
#ifdef __AVX512F__ // GCC 12 clears half of a register before it puts the other into it
  if constexpr (group::size == 16)
    return group(_mm512_insertf32x8(_mm512_castps256_ps512(__builtin_bit_cast(__m256, narrowed(x.first))),
                                    __builtin_bit_cast(__m256, narrowed(x.second)), 1));
  else
#endif
      if constexpr (has_compiler_vectors<Arch>) {
    const auto both = [&]<std::size_t... I>(std::index_sequence<I...>) { // in memory they would have to wait
      return __builtin_shufflevector(narrowed(x.first), narrowed(x.second), I...);
    }(std::make_index_sequence<group::size>{});
    return __builtin_bit_cast(typename group::register_type, both);
  } else {
    alignas(Arch::alignment()) float lane[group::size];
    alignas(Arch::alignment()) double wide[group::size];
    x.first.store_aligned(wide);
    x.second.store_aligned(wide + group::size / 2);
    const double* from = wide;
    for (float& v : lane) v = static_cast<float>(*from++);
    return group::load_aligned(lane);
  }
}

template <class Arch, class F> auto in_double(xsimd::batch<double, Arch> x, F f) { return f(x); }
template <class Arch, class F> auto in_double(xsimd::batch<float, Arch> x, F f) {
  const doubles<Arch> wide = in_doubles(x);
  return in_floats(doubles<Arch>{f(wide.first), f(wide.second)});
}

template <class Arch, class F>
[[gnu::always_inline]] inline void each_in_double(xsimd::batch<double, Arch> a, xsimd::batch<double, Arch> b,
                                                  F f) {
  f(std::size_t{0}, a, b);
}
template <class Arch, class F>
[[gnu::always_inline]] inline void each_in_double(xsimd::batch<float, Arch> a, xsimd::batch<float, Arch> b,
                                                  F f) {
  const doubles<Arch> wide_a = in_doubles(a), wide_b = in_doubles(b);
  f(std::size_t{0}, wide_a.first, wide_b.first);
  f(xsimd::batch<double, Arch>::size, wide_a.second, wide_b.second);
}

#endif

/// The type that activations compute on, for T on Arch.
template <class T, class Arch> using lanes_t = typename lanes<T, Arch>::type;

} // namespace relu::inline RELU_ABI::detail

#undef RELU_REGISTER
