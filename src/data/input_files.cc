#include "data/input_files.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "tokenizer/utf8.h"

namespace vitrine::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr int64_t kLongestPiece = 4;  // in units of piece_bytes, where no blank line comes

std::optional<InputKind> kind_of(const fs::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".txt" || extension == ".md") return InputKind::kText;
  if (extension == ".jsonl") return InputKind::kJsonLines;
  return std::nullopt;
}

std::vector<InputFile> files_in_folder(const fs::path& folder) {
  std::vector<InputFile> files;
  std::error_code status;
  for (fs::recursive_directory_iterator entry(folder, status), end; !status && entry != end; entry.increment(status))
    if (const auto kind = kind_of(entry->path()); kind && entry->is_regular_file(status))
      files.push_back({entry->path(), *kind});
  if (status) throw Error(ErrorCode::kIo, fmt::format("list folder '{}': {}", folder.string(), status.message()));
  if (files.empty())
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("read data: the folder '{}' holds no .txt, .md or .jsonl file", folder.string()),
                "give files or folders with text or JSONL");
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

std::string_view without_edge_lines(std::string_view text) {
  const size_t last = text.find_last_not_of(" \t\r\n");
  if (last == std::string_view::npos) return {};
  text = text.substr(0, last + 1);
  const size_t first = text.find_first_not_of(" \t\r\n");
  const size_t line = text.substr(0, first).find_last_of('\n');  // indentation of the first line stays
  return text.substr(line == std::string_view::npos ? 0 : line + 1);
}

/// The end of the first blank line that ends at or after `from`, or npos. A line of spaces is not blank.
size_t blank_line_end(std::string_view text, size_t from) {
  for (size_t at = text.find('\n', from); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    const size_t next = at + 1 < text.size() && text[at + 1] == '\r' ? at + 2 : at + 1;
    if (next < text.size() && text[next] == '\n') return next + 1;
  }
  return std::string_view::npos;
}

/// Where a piece ends that starts at 0.
size_t piece_end(std::string_view text, size_t piece_bytes) {
  if (text.size() <= piece_bytes + piece_bytes / 2) return text.size();
  const size_t longest = std::min(text.size(), piece_bytes * kLongestPiece);
  const size_t blank = blank_line_end(text.substr(0, longest), piece_bytes);
  if (blank != std::string_view::npos) return blank;
  if (longest == text.size()) return longest;
  for (const char edge : {'\n', ' '})
    if (const size_t at = text.rfind(edge, longest - 1); at != std::string_view::npos && at >= piece_bytes)
      return at + 1;
  size_t end = longest;
  while (end > 1 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return end;
}

void check_is_text(const fs::path& path, std::string_view text) {
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("read '{}': it looks binary (a zero byte at offset {})", path.string(), zero),
                "give plain text in UTF-8");
  if (simdjson::validate_utf8(text.data(), text.size())) return;
  const size_t at = tokenizer::find_invalid_utf8(text);
  throw Error(ErrorCode::kCorruptData,
              fmt::format("read '{}': invalid UTF-8 at byte {} (got 0x{:02x})", path.string(), at,
                          static_cast<unsigned char>(text[at])),
              "convert the file, for example with `iconv -f latin1 -t utf-8`, or remove the damaged part");
}

Document parse_json_line(std::string_view line, std::string_view text_field) {
  static thread_local simdjson::dom::parser parser;
  simdjson::dom::object object;
  simdjson::dom::element ignored;
  std::string_view text;
  if (const auto code = parser.parse(line.data(), line.size()).get(object); code != simdjson::SUCCESS)
    throw Error(ErrorCode::kCorruptData, code == simdjson::INCORRECT_TYPE
                                             ? "not a JSON object"
                                             : fmt::format("not valid JSON: {}", simdjson::error_message(code)));
  if (object["messages"].get(ignored) == simdjson::SUCCESS) return from_json_line(line);
  const auto code = object[text_field].get(text);
  if (code == simdjson::NO_SUCH_FIELD)
    throw Error(ErrorCode::kCorruptData, fmt::format("neither '{}' nor 'messages' in it", text_field),
                "name the field that holds the text with --field");
  if (code != simdjson::SUCCESS)
    throw Error(ErrorCode::kCorruptData, fmt::format("the field '{}' is not text", text_field),
                "name the field that holds the text with --field");
  Document document;
  document.text = text;
  return document;
}

}  // namespace

std::vector<InputFile> list_input_files(std::span<const fs::path> paths) {
  std::vector<InputFile> files;
  for (const fs::path& path : paths) {
    std::error_code status;
    if (!fs::exists(path, status))
      throw Error(ErrorCode::kNotFound, fmt::format("read data: '{}' does not exist", path.string()), "check the path");
    if (fs::is_directory(path, status)) {
      const std::vector<InputFile> found = files_in_folder(path);
      files.insert(files.end(), found.begin(), found.end());
    } else if (const auto kind = kind_of(path)) {
      files.push_back({path, *kind});
    } else {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("read data: unknown kind of file '{}' (expected .txt, .md or .jsonl)", path.string()),
                  "rename plain text to .txt, and JSON with one object a line to .jsonl");
    }
  }
  if (files.empty()) throw Error(ErrorCode::kInvalidArgument, "read data: no input was given", "name a file or folder");
  return files;
}

std::vector<std::string_view> cut_at_blank_lines(std::string_view text, int64_t piece_bytes) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const size_t end = piece_end(text, static_cast<size_t>(piece_bytes));
    if (const auto piece = without_edge_lines(text.substr(0, end)); !piece.empty()) pieces.push_back(piece);
    text.remove_prefix(end);
  }
  return pieces;
}

std::vector<std::string_view> cut_at_separator(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> pieces;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    if (const auto piece = without_edge_lines(text.substr(begin, end - begin)); !piece.empty()) pieces.push_back(piece);
    begin = end + separator.size();
  }
  return pieces;
}

InputReader::InputReader(InputFile file, const InputRules& rules)
    : file_(std::move(file)), text_field_(rules.text_field), map_(file_.path) {
  std::string_view text(reinterpret_cast<const char*>(map_.bytes().data()), map_.bytes().size());
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("read '{}': the file is empty", file_.path.string()),
                "leave it out, or put text into it");
  if (file_.kind == InputKind::kText) check_is_text(file_.path, text);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (file_.kind == InputKind::kText)
    split_text(text, rules);
  else
    split_lines(text);
}

void InputReader::split_text(std::string_view text, const InputRules& rules) {
  std::vector<std::string_view> pieces;
  if (!rules.separator.empty())
    pieces = cut_at_separator(text, rules.separator);
  else if (rules.piece_bytes > 0)
    pieces = cut_at_blank_lines(text, rules.piece_bytes);
  else if (const auto whole = without_edge_lines(text); !whole.empty())
    pieces = {whole};
  for (const std::string_view piece : pieces) documents_.push_back({piece, 0});
}

void InputReader::split_lines(std::string_view text) {
  int64_t line = 1;
  for (size_t begin = 0; begin < text.size(); ++line) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view bytes = text.substr(begin, end - begin);
    if (bytes.find_first_not_of(" \t\r") != std::string_view::npos) documents_.push_back({bytes, line});
    begin = end + 1;
  }
}

int64_t InputReader::document_bytes(int64_t index) const {
  return static_cast<int64_t>(documents_[static_cast<size_t>(index)].bytes.size());
}

std::string InputReader::place(int64_t index) const {
  const int64_t line = documents_[static_cast<size_t>(index)].line;
  return line > 0 ? fmt::format("{}:{}", file_.path.string(), line) : file_.path.string();
}

Document InputReader::parse(int64_t index) const {
  const Raw& raw = documents_[static_cast<size_t>(index)];
  if (file_.kind == InputKind::kText) {
    Document document;
    document.text = raw.bytes;
    return document;
  }
  try {
    return parse_json_line(raw.bytes, text_field_);
  } catch (const Error& error) {
    throw error.wrapped(place(index));
  }
}

}  // namespace vitrine::data
