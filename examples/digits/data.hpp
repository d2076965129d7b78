// The handwritten digits and the file that they come from.
#pragma once

#include <Eigen/Core>

#include <span>
#include <string>

using matrix = Eigen::MatrixXf; // a column for each image
using vector = Eigen::VectorXf;

inline constexpr int pixels_per_digit = 64;
inline constexpr int classes = 10;

struct dataset {
  matrix pixels;         // -1/2, paper, to 1/2, ink: about as much below zero as above
  Eigen::VectorXi digit; // which digit each column shows

  int size() const { return static_cast<int>(digit.size()); }
};

/// The digits of a file. Throws std::runtime_error, with file and line in its message, if it is malformed.
dataset read_digits(const std::string& file);

/// The digits at the given places, in the given order.
dataset subset(const dataset& digits, std::span<const int> order);
