// Curves over epochs as a picture.
#pragma once

#include <string>
#include <vector>

struct curve {
  std::string name, colour;
  std::vector<double> shares; // 0 to 1, of epochs 0, 1, ...
  bool dashed = false;
};

struct panel {
  std::string title;
  std::vector<curve> curves{};
  double lowest = 0;  // where the vertical axis starts,
  double highest = 1; // and where it ends
  double mark = 0;    // where a dotted line goes from left to right; 0 for none
};

/// The panels side by side, in SVG.
std::string plot(const std::vector<panel>& panels);

/// Throws std::runtime_error if replace_file is bound to fail.
void check_replaceable(const std::string& file);

/// Writes a file that is either complete or not there: under another name first. Throws std::runtime_error.
void replace_file(const std::string& file, const std::string& text);
