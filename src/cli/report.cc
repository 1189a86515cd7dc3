#include "cli/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace vitrine::cli {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const ReportValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* integer = std::get_if<int64_t>(&value)) return *integer;
  if (const auto* real = std::get_if<ReportReal>(&value))
    return std::isfinite(real->value) ? Json(real->value) : Json();
  return std::get<std::string>(value);
}

std::string with_thousands(int64_t number) {
  std::string digits = std::to_string(number);
  const size_t first = number < 0 ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
  return digits;
}

bool is_number(const ReportValue& value) {
  return std::holds_alternative<int64_t>(value) || std::holds_alternative<ReportReal>(value);
}

std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

size_t columns_of(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, size_t width, bool to_the_right) {
  const std::string gap(width - std::min(width, columns_of(text)), ' ');
  return to_the_right ? gap + text : text + gap;
}

std::string rows_text(const std::vector<std::string>& columns, const std::vector<Report::Row>& rows) {
  std::vector<size_t> widths;
  for (const std::string& column : columns) widths.push_back(columns_of(column));
  for (const Report::Row& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(value_text(row[i])));
  std::string out;
  const auto add_line = [&](const auto& cell, const auto& is_right) {
    std::string line;
    for (size_t i = 0; i < columns.size(); ++i) line += "  " + padded(cell(i), widths[i], is_right(i));
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  };
  const auto is_numeric = [&](size_t i) { return !rows.empty() && is_number(rows.front()[i]); };
  add_line([&](size_t i) { return spaced(columns[i]); }, is_numeric);
  for (const Report::Row& row : rows) add_line([&](size_t i) { return value_text(row[i]); }, is_numeric);
  return out;
}

}  // namespace

std::string value_text(const ReportValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  if (const auto* integer = std::get_if<int64_t>(&value)) return with_thousands(*integer);
  if (const auto* real = std::get_if<ReportReal>(&value)) return fmt::format("{:.{}f}", real->value, real->decimals);
  return std::get<std::string>(value);
}

Report& Report::add(std::string name, ReportValue value, std::string unit) {
  items_.push_back({Item::Kind::kValue, std::move(name), std::move(unit), {}, {{std::move(value)}}});
  return *this;
}

Report& Report::add_table(std::string name, std::vector<std::string> columns, std::vector<Row> rows) {
  for (const Row& row : rows) VITRINE_CHECK(row.size() == columns.size(), "report: a row of another width");
  items_.push_back({Item::Kind::kTable, std::move(name), "", std::move(columns), std::move(rows)});
  return *this;
}

Report& Report::add_people_table(std::string name, std::vector<std::string> columns, std::vector<Row> rows) {
  add_table(std::move(name), std::move(columns), std::move(rows));
  items_.back().kind = Item::Kind::kPeopleTable;
  return *this;
}

Report& Report::add_program_table(std::string name, std::vector<std::string> columns, std::vector<Row> rows) {
  add_table(std::move(name), std::move(columns), std::move(rows));
  items_.back().kind = Item::Kind::kProgramTable;
  return *this;
}

Report& Report::add_list(std::string name, std::vector<ReportValue> values) {
  items_.push_back({Item::Kind::kList, std::move(name), "", {}, {std::move(values)}});
  return *this;
}

Report& Report::add_text(std::string line) {
  items_.push_back({Item::Kind::kText, "", std::move(line), {}, {}});
  return *this;
}

Report& Report::add_json(std::string name, std::string json) {
  VITRINE_CHECK(Json::accept(json), "report: malformed JSON for " + name);
  items_.push_back({Item::Kind::kJson, std::move(name), std::move(json), {}, {}});
  return *this;
}

std::string Report::json() const {
  Json object = Json::object();
  for (const Item& item : items_) {
    if (item.kind == Item::Kind::kValue) object[item.name] = to_json(item.rows[0][0]);
    if (item.kind == Item::Kind::kJson) object[item.name] = Json::parse(item.unit_or_text);
    if (item.kind != Item::Kind::kTable && item.kind != Item::Kind::kProgramTable && item.kind != Item::Kind::kList)
      continue;
    Json& list = object[item.name] = Json::array();
    if (item.kind == Item::Kind::kList) {
      for (const ReportValue& value : item.rows[0]) list.push_back(to_json(value));
      continue;
    }
    for (const Row& row : item.rows) {
      Json record = Json::object();
      for (size_t i = 0; i < row.size(); ++i) record[item.columns[i]] = to_json(row[i]);
      list.push_back(std::move(record));
    }
  }
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Report::table() const {
  size_t width = 0;
  for (const Item& item : items_)
    if (item.kind == Item::Kind::kValue || item.kind == Item::Kind::kList)
      width = std::max(width, columns_of(item.name));
  std::string out;
  for (const Item& item : items_) {
    if (item.kind == Item::Kind::kText) out += item.unit_or_text + "\n";
    if (item.kind == Item::Kind::kTable || item.kind == Item::Kind::kPeopleTable)
      out += "\n" + spaced(item.name) + "\n" + rows_text(item.columns, item.rows);
    if (item.kind != Item::Kind::kValue && item.kind != Item::Kind::kList) continue;
    std::string text;
    for (const ReportValue& value : item.rows[0]) text += (text.empty() ? "" : " ") + value_text(value);
    if (!item.unit_or_text.empty()) text += " " + item.unit_or_text;
    out += padded(spaced(item.name), width, false) + "  " + text + "\n";
  }
  return out;
}

}  // namespace vitrine::cli
