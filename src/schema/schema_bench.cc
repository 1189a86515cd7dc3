// Times compiling and masks on a workload: schema_bench WORKLOAD.json [ROUNDS], made by bench/peers/constrained.py.
// Each round is cold: schema compiled anew, a new matcher. Prints JSON: nanoseconds, the median of the rounds at each
// place.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "schema/json_value.h"
#include "schema/matcher.h"

namespace vitrine::schema {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kLongestRun = 80;  // as text is drawn

double nanoseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

struct Case {
  std::string name, schema;
  std::vector<TokenId> tokens;
};

/// What one place took in each round.
struct Times {
  std::vector<double> compile;
  std::vector<std::vector<double>> mask, accept;
};

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

void run_round(const Case& test, const Vocabulary& vocabulary, std::vector<uint64_t>& mask, Times& times) {
  const Clock::time_point start = Clock::now();
  const Grammar grammar = compile_json_schema(test.schema);
  Matcher matcher(grammar, vocabulary);
  times.compile.push_back(nanoseconds_since(start));
  times.mask.resize(test.tokens.size() + 1);
  times.accept.resize(test.tokens.size());
  for (size_t i = 0; i <= test.tokens.size(); ++i) {
    const Clock::time_point before_mask = Clock::now();
    matcher.mask_for_drawing(mask, kLongestRun);
    times.mask[i].push_back(nanoseconds_since(before_mask));
    if (i == test.tokens.size()) break;
    const TokenId token = test.tokens[i];
    const bool is_allowed = (mask[token / 64] >> token % 64 & 1) != 0;
    const Clock::time_point before_accept = Clock::now();
    const bool is_accepted = matcher.accept(token);
    times.accept[i].push_back(nanoseconds_since(before_accept));
    if (!is_allowed || !is_accepted) {
      throw Error(ErrorCode::kMismatch, fmt::format("{}: token {} is refused at {}", test.name, token, i));
    }
  }
  if (!matcher.is_complete()) throw Error(ErrorCode::kMismatch, test.name + ": not complete at its end");
}

std::string list(const std::vector<std::vector<double>>& rounds) {
  std::string out;
  for (const std::vector<double>& values : rounds)
    out += fmt::format("{}{:.0f}", out.empty() ? "" : ",", median(values));
  return out;
}

void run(const std::string& path, int rounds) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  const JsonValue workload = parse_json(text.str(), path);
  std::vector<std::string> bytes;
  for (const JsonValue& token : workload.find("tokens")->items) bytes.push_back(from_hex(token.string));
  std::vector<TokenId> end_ids;
  for (const JsonValue& id : workload.find("end")->items)
    end_ids.push_back(static_cast<TokenId>(*id.number.to_int64()));
  std::vector<Case> cases;
  for (const JsonValue& item : workload.find("cases")->items) {
    Case& test = cases.emplace_back(Case{item.find("name")->string, item.find("schema")->string, {}});
    for (const JsonValue& id : item.find("ids")->items)
      test.tokens.push_back(static_cast<TokenId>(*id.number.to_int64()));
  }
  const std::vector<std::string_view> views(bytes.begin(), bytes.end());
  const Clock::time_point start = Clock::now();
  const Vocabulary vocabulary(views, end_ids);
  const double load = nanoseconds_since(start);
  std::vector<uint64_t> mask(vocabulary.mask_words());
  std::string out;
  for (const Case& test : cases) {
    Times times;
    for (int round = 0; round < rounds; ++round) run_round(test, vocabulary, mask, times);
    out += fmt::format("{}{{\"name\":{},\"compile\":{:.0f},\"mask\":[{}],\"accept\":[{}]}}", out.empty() ? "" : ",",
                       json_quoted(test.name), median(times.compile), list(times.mask), list(times.accept));
  }
  fmt::print("{{\"load\":{:.0f},\"cases\":[{}]}}\n", load, out);
}

}  // namespace
}  // namespace vitrine::schema

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: schema_bench WORKLOAD.json [ROUNDS]   (bench/peers/constrained.py writes workloads)\n", stderr);
    return 2;
  }
  try {
    vitrine::schema::run(argv[1], argc > 2 ? std::stoi(argv[2]) : 5);
  } catch (const vitrine::Error& error) {
    fmt::print(stderr, "error: {}\n", error.message());
    return 1;
  }
  return 0;
}
