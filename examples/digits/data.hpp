// The data set of handwritten digits.
#pragma once

#include <Eigen/Core>

#include <span>
#include <string>

using matrix = Eigen::MatrixXf; // one column per image
using vector = Eigen::VectorXf;

inline constexpr int pixels_per_digit = 64;
inline constexpr int classes = 10;

struct dataset {
  matrix pixels;         // from -1/2 (paper) to 1/2 (ink), so that the inputs of the network are centred
  Eigen::VectorXi digit; // the digit that each column shows

  int size() const { return static_cast<int>(digit.size()); }
};

/// Reads the digits from a file. Throws std::runtime_error if it cannot read the file or the file is
/// malformed. The message contains the name of the file and, for a malformed line, its number.
dataset read_digits(const std::string& file);

/// Returns the digits with these indices, in this order.
dataset subset(const dataset& digits, std::span<const int> order);
