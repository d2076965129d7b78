// Plots curves over epochs as an SVG picture.
#pragma once

#include <string>
#include <vector>

struct curve {
  std::string name, colour;
  std::vector<double> shares; // from 0 to 1, for epochs 0, 1, ...
  bool dashed = false;
};

struct panel {
  std::string title;
  std::vector<curve> curves{};
  double lowest = 0;  // start of the vertical axis
  double highest = 1; // end of the vertical axis
  double mark = 0;    // height of a dotted horizontal line; 0 for none
};

/// Returns an SVG file with the panels side by side.
std::string plot(const std::vector<panel>& panels);

/// Throws std::runtime_error if replace_file cannot write this file. Call it before a long computation.
void check_replaceable(const std::string& file);

/// Writes the text to a temporary file and renames it, so that nobody sees an incomplete file. Throws
/// std::runtime_error on failure.
void replace_file(const std::string& file, const std::string& text);
