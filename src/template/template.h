// Chat templates: the subset of Jinja that model files use, rendered as PyPI's transformers renders it.
//
//   const Template chat = Template::parse(source);
//   const Rendered prompt = chat.render(variables);
//
// What comes out says for each byte whether the template wrote it, so that special tokens in what a user wrote stay
// text. Names of roles and the special tokens of a model are the caller's own words: give them Origin::kTemplate.
#pragma once

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "template/limits.h"
#include "template/value.h"

namespace vitrine::templates {

struct ParsedTemplate;

/// Bytes [begin, end) of a rendering.
struct Segment {
  size_t begin = 0;
  size_t end = 0;
  Origin origin = Origin::kTemplate;

  bool operator==(const Segment&) const = default;
};

/// What a template gives.
struct Rendered {
  std::string text;
  /// The whole text in pieces of one origin, in order. Only those of kTemplate may form special tokens.
  std::vector<Segment> segments;
  /// What stood between {% generation %} and {% endgeneration %} outside macros, in order.
  std::vector<Segment> generations;
  /// Units of work that it took.
  uint64_t work = 0;
};

/// What a rendering depends on beside its variables.
struct RenderOptions {
  Limits limits;
  /// What strftime_now shows; without it a template that asks for the time is an error, as results would not repeat.
  std::optional<std::tm> now;
};

/// A parsed template. Threads: safe to render from several at once.
class Template {
 public:
  /// Errors: kInvalidArgument with the line for what is not Jinja or is nested too deep; kUnsupported for include,
  /// import, extends, block, autoescape and recursive loops.
  static Template parse(std::string_view source);

  /// Renders with a dict of variables (messages, tools, add_generation_prompt, bos_token, ...).
  /// Errors: kInvalidArgument with the line where the template itself refuses (raise_exception), uses what is not
  /// there, or breaks a limit.
  Rendered render(const Value& variables, const RenderOptions& options = {}) const;

  /// Tells whether the template mentions a variable of this name, such as `tools` or `enable_thinking`.
  bool mentions(std::string_view name) const;

 private:
  explicit Template(std::shared_ptr<const ParsedTemplate> parsed) : parsed_(std::move(parsed)) {}

  std::shared_ptr<const ParsedTemplate> parsed_;
};

}  // namespace vitrine::templates
