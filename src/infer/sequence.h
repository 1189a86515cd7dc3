// A request on its way through the engine. Inside of infer only.
#pragma once

#include <memory>
#include <vector>

#include "infer/drafter.h"
#include "infer/paged_cache.h"
#include "infer/request.h"

namespace vitrine::infer {

struct Sequence {
  RequestId id = 0;  ///< grows with arrival
  Request request;
  Sampler sampler;
  std::vector<int32_t> ids;    ///< the prompt, then what was written; 0 where a row stands
  std::vector<TokenKey> keys;  ///< of the same positions
  Tensor rows;                 ///< all rows of the prompt
  std::vector<int64_t> row_positions;
  PageTable table;
  std::unique_ptr<Drafter> drafter;
  int64_t draft_length = 4;  ///< grows while guesses come true
  Completion done;
  bool is_running = false, was_admitted = false, is_over = false;

  bool writes_otherwise = false;  ///< than prompts are read: what was written is not found again by a prompt

  explicit Sequence(Request given);

  int64_t length() const { return static_cast<int64_t>(ids.size()); }
  /// Tokens that have to be read before the next one can be drawn.
  int64_t pending() const { return length() - table.length; }
  /// Whether the next token to be read is one of the prompt.
  bool reads_prompt() const { return table.length < done.prompt_tokens; }
  bool wants_token() const { return static_cast<int64_t>(done.ids.size()) < request.max_tokens; }
  /// Prompt tokens that may be taken from the cache: what has to be computed for its logits or states may not.
  int64_t cacheable() const;
  void append(int32_t token);
  /// Whether this goes before another.
  bool goes_before(const Sequence& other) const {
    return request.priority != other.request.priority ? request.priority > other.request.priority : id < other.id;
  }
};

}  // namespace vitrine::infer
