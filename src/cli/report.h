// The result of a command, described once: shown as an aligned table or as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vitrine::cli {

/// A value of a result. A real number carries the decimals that people see; JSON has all of them.
struct ReportReal {
  double value = 0;
  int decimals = 3;
};
using ReportValue = std::variant<bool, int64_t, ReportReal, std::string>;

/// Named values in order, then tables. Build it front to back.
class Report {
 public:
  /// `name` is the JSON key; people see it with spaces for underscores, and `unit` behind the value.
  Report& add(std::string name, ReportValue value, std::string unit = "");

  using Row = std::vector<ReportValue>;
  /// A list of records under a key. Rows have one value a column.
  Report& add_table(std::string name, std::vector<std::string> columns, std::vector<Row> rows);
  /// The same for people only, where JSON has another form.
  Report& add_people_table(std::string name, std::vector<std::string> columns, std::vector<Row> rows);
  /// The same for programs only.
  Report& add_program_table(std::string name, std::vector<std::string> columns, std::vector<Row> rows);
  /// A list of plain values under a key: in JSON an array, for people one line.
  Report& add_list(std::string name, std::vector<ReportValue> values);
  /// For people only: stands in the table, not in the JSON.
  Report& add_text(std::string line);
  /// For programs only: a JSON value that is written as it is. Errors: kInternal unless it parses.
  Report& add_json(std::string name, std::string json);

  std::string json() const;
  std::string table() const;

 private:
  struct Item {
    enum class Kind { kValue, kTable, kPeopleTable, kProgramTable, kList, kText, kJson } kind;
    std::string name;
    std::string unit_or_text;
    std::vector<std::string> columns;
    std::vector<Row> rows;
  };
  std::vector<Item> items_;
};

/// A value as people read it: 12,345 or 1.234.
std::string value_text(const ReportValue& value);

}  // namespace vitrine::cli
