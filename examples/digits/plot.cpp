#include "plot.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace {

// Sizes in pixels. All text lies outside the frames, so that no curve can cross it.
constexpr double width = 430, height = 280;                     // of a frame
constexpr double left = 62, right = 52, above = 74, below = 58; // margins of a frame
constexpr double em = 12, letter = 0.6 * em;                    // few letters are wider than that
constexpr const char *ink = "#222222", *pale = "#666666", *grid = "#e6e6e6";

/// Returns the smallest of 1, 2 or 5 times a power of ten that divides an axis into at most eight parts.
int tick_distance(int length) {
  for (int power = 1;; power *= 10)
    for (const int step : {power, 2 * power, 5 * power})
      if (step * 8 >= length) return step;
}

void text(std::ostream& out, double x, double y, const char* anchor, const char* colour, std::string_view s) {
  out << "<text x='" << x << "' y='" << y << "' text-anchor='" << anchor << "' fill='" << colour << "'>" << s
      << "</text>\n";
}

void line(std::ostream& out, double x1, double y1, double x2, double y2, const std::string& style) {
  out << "<path d='M" << x1 << ' ' << y1 << 'L' << x2 << ' ' << y2 << "' " << style << "/>\n";
}

std::string percent(double share) { return std::to_string(std::lround(100 * share)) + " %"; }

std::string style_of(const curve& c) {
  return "fill='none' stroke='" + c.colour + "' stroke-width='2' stroke-linejoin='round'" +
         (c.dashed ? " stroke-dasharray='6 4'" : "");
}

void draw(std::ostream& out, const panel& p) {
  const auto points = p.curves.front().shares.size();
  const int epochs = std::max(1, static_cast<int>(points) - 1);
  const auto x_of = [=](auto epoch) { return width * static_cast<double>(epoch) / epochs; };
  const auto y_of = [&](double share) { return height * (p.highest - share) / (p.highest - p.lowest); };

  out << "<g font-size='16' font-weight='bold'>\n";
  text(out, 0, -44, "start", ink, p.title);
  out << "</g>\n";

  double x = 0;
  for (const curve& c : p.curves) {
    line(out, x, -18, x + 24, -18, style_of(c));
    text(out, x + 30, -14, "start", ink, c.name);
    x += 30 + letter * static_cast<double>(c.name.size()) + 14;
  }

  const std::string rule = std::string("stroke='") + grid + "'";
  for (int i = 0; i <= 4; ++i) {
    const double share = p.highest - i * (p.highest - p.lowest) / 4;
    line(out, 0, y_of(share), width, y_of(share), rule);
    text(out, -8, y_of(share) + 4, "end", pale, percent(share));
  }
  for (int epoch = 0; epoch <= epochs; epoch += tick_distance(epochs)) {
    line(out, x_of(epoch), 0, x_of(epoch), height, rule);
    text(out, x_of(epoch), height + 20, "middle", pale, std::to_string(epoch));
  }
  text(out, width / 2, height + 42, "middle", ink, "epoch");
  line(out, 0, height, width, height, std::string("stroke='") + pale + "'");
  line(out, 0, 0, 0, height, std::string("stroke='") + pale + "'");

  if (p.mark > 0) {
    const double y = y_of(p.mark);
    line(out, 0, y, width, y, std::string("stroke='") + pale + "' stroke-dasharray='2 3'");
    text(out, width + 6, y + 4, "start", pale, "goal");
  }

  // The first curve is the most important one. It is drawn last, so that it covers the others.
  out << "<g clip-path='url(#frame)'>\n";
  for (auto c = p.curves.rbegin(); c != p.curves.rend(); ++c) {
    out << "<path " << style_of(*c) << " d='";
    for (std::size_t i = 0; i < c->shares.size(); ++i)
      out << (i == 0 ? 'M' : 'L') << x_of(i) << ' ' << y_of(c->shares[i]);
    out << "'/>\n";
  }
  out << "</g>\n";
}

std::string temporary(const std::string& file) { return file + ".tmp"; }

[[noreturn]] void fail(const std::string& file) { throw std::runtime_error(file + ": cannot be written"); }

} // namespace

std::string plot(const std::vector<panel>& panels) {
  const double panel_width = left + width + right;
  const double all_width = panel_width * static_cast<double>(panels.size());
  const double all_height = above + height + below;
  std::ostringstream out;
  out.precision(5);
  out << "<svg xmlns='http://www.w3.org/2000/svg' width='" << all_width << "' height='" << all_height
      << "' viewBox='0 0 " << all_width << ' ' << all_height << "' font-family='Helvetica, Arial, sans-serif'"
      << " font-size='" << em << "'>\n<rect width='100%' height='100%' fill='white'/>\n"
      << "<clipPath id='frame'><rect x='-2' y='-2' width='" << width + 4 << "' height='" << height + 3
      << "'/></clipPath>\n";
  double x = left;
  for (const panel& p : panels) {
    out << "<g transform='translate(" << x << ' ' << above << ")'>\n";
    draw(out, p);
    out << "</g>\n";
    x += panel_width;
  }
  out << "</svg>\n";
  return out.str();
}

void check_replaceable(const std::string& file) {
  std::error_code ignored;
  const auto there = std::filesystem::status(file, ignored);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) fail(file);
  const bool writable = std::ofstream(temporary(file)).is_open();
  std::filesystem::remove(temporary(file), ignored);
  if (!writable) fail(file);
}

void replace_file(const std::string& file, const std::string& text) {
  std::ofstream out(temporary(file), std::ios::binary);
  out << text;
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(temporary(file), file, error);
  if (out && !error) return;
  std::filesystem::remove(temporary(file), error);
  fail(file);
}
