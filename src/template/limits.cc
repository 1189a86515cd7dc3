#include "template/limits.h"

#include <fmt/format.h>

#include "base/error.h"

namespace vitrine::templates {

void fail(std::string what, std::string hint) {
  throw Error(ErrorCode::kInvalidArgument, std::move(what), std::move(hint));
}

void Budget::refuse_work() const {
  fail(fmt::format("the template takes too much work (limit {} units)", limits_.max_work),
       "a loop in the template may not end; shorten the conversation, or choose another template");
}

void Budget::refuse_length() const {
  fail(fmt::format("the text gets too long (limit {} bytes)", limits_.max_output_bytes),
       "shorten the conversation");
}

}  // namespace vitrine::templates
