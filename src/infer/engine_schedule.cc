// Who runs, and how many tokens of whom go into the next pass.
#include <algorithm>

#include "base/error.h"
#include "infer/engine.h"
#include "infer/sequence.h"

namespace vitrine::infer {
namespace {

constexpr auto kGoesBefore = [](const auto& a, const auto& b) { return a->goes_before(*b); };

}  // namespace

/// Whether a running request is about to compute pages that this one could share.
bool Engine::awaits_prefix(const Sequence& sequence) const {
  if (!options_.share_prefixes) return false;
  const std::span<const TokenKey> keys = std::span(sequence.keys).first(static_cast<size_t>(sequence.cacheable()));
  for (const SequencePtr& other : running_) {
    if (other->request.adapter != sequence.request.adapter) continue;
    const auto alike =
        std::mismatch(keys.begin(), keys.end(), other->keys.begin(), other->keys.end()).first - keys.begin();
    const int64_t whole = alike / cache_.page_tokens() * cache_.page_tokens();
    if (whole > other->table.length && whole > sequence.table.length) return true;
  }
  return false;
}

bool Engine::admit_one(const SequencePtr& sequence) {
  Sequence& s = *sequence;
  s.table = cache_.attach(s.keys, s.cacheable(), s.request.adapter);
  // One page beyond what there is to read: the first tokens that are written, or a copy of a shared page.
  const int64_t needed = cache_.pages_for(s.length()) + 1 - static_cast<int64_t>(s.table.pages.size());
  if ((needed > cache_.pool().num_available() && !running_.empty()) || awaits_prefix(s)) {
    cache_.release(s.table, s.keys);
    return false;
  }
  if (!s.was_admitted) s.done.cached_prompt_tokens = s.table.length;
  s.was_admitted = s.is_running = true;
  running_.push_back(sequence);
  std::erase(waiting_, sequence);
  return true;
}

void Engine::admit() {
  std::sort(waiting_.begin(), waiting_.end(), kGoesBefore);
  const std::vector<SequencePtr> candidates = waiting_;
  for (const SequencePtr& sequence : candidates) {
    while (!running_.empty()) {  // who is less important makes way
      const bool is_full = static_cast<int64_t>(running_.size()) >= options_.max_sequences ||
                           cache_.pool().num_available() < cache_.pages_for(sequence->length()) + 1;
      const SequencePtr lowest = lowest_running();
      if (!is_full || lowest->request.priority >= sequence->request.priority) break;
      preempt(lowest);
    }
    if (static_cast<int64_t>(running_.size()) >= options_.max_sequences) return;
    if (!admit_one(sequence) && !awaits_prefix(*sequence)) return;  // no room: those behind wait as well
  }
}

Engine::SequencePtr Engine::lowest_running() const {
  return *std::max_element(running_.begin(), running_.end(), kGoesBefore);
}

void Engine::preempt(const SequencePtr& sequence) {
  cache_.release(sequence->table, sequence->keys);
  sequence->is_running = false;
  std::erase(running_, sequence);
  waiting_.push_back(sequence);
  ++statistics_.num_preemptions;
}

/// Takes pages for further tokens from those behind, if need be. False when the sequence itself had to make way.
bool Engine::make_room(const SequencePtr& sequence, int64_t tokens) {
  while (!cache_.reserve(sequence->table, tokens)) {
    const SequencePtr lowest = lowest_running();
    VITRINE_CHECK(running_.size() > 1, "engine: a request that fits alone does not");
    preempt(lowest);
    if (lowest == sequence) return false;
  }
  return true;
}

/// Guesses of at most so many next tokens: what a constraint leaves no choice about, or else what a drafter says.
void Engine::guess(Work& work, int64_t most) {
  Sequence& s = *work.sequence;
  try {
    if (s.request.constraint) work.guesses = s.request.constraint->forced_tokens(most);
    work.are_forced = !work.guesses.empty();
  } catch (const Error&) {  // the draw will say so
  }
  if (work.are_forced || !s.drafter || work.tokens != 1) return;
  try {
    work.guesses = s.drafter->propose(s.ids, std::min(s.draft_length, most), s.sampler);
  } catch (const Error&) {  // what cannot guess is done without
    s.drafter.reset();
  }
}

std::optional<Engine::Work> Engine::plan_one(const SequencePtr& sequence, int64_t rows_left) {
  Sequence& s = *sequence;
  Work work{.sequence = sequence, .tokens = std::min(s.pending(), rows_left), .is_prompt = s.reads_prompt()};
  if (work.is_prompt) work.tokens = std::min(work.tokens, s.done.prompt_tokens - s.table.length);
  if (work.tokens <= 0 || !make_room(sequence, work.tokens)) return std::nullopt;
  work.draws = work.tokens == s.pending() && s.wants_token();
  if (!work.draws || (work.is_prompt && s.writes_otherwise)) return work;  // guesses are written, not read
  // Guesses beyond the end of the text or the context would be for nothing.
  const int64_t most = std::min({rows_left - work.tokens, config().context_length - s.length(),
                                 s.request.max_tokens - static_cast<int64_t>(s.done.ids.size()) - 1});
  if (most <= 0) return work;
  guess(work, most);
  if (work.guesses.empty() || !cache_.reserve(s.table, work.tokens + static_cast<int64_t>(work.guesses.size()))) {
    work.guesses.clear();
    return work;
  }
  const auto guesses = static_cast<int64_t>(work.guesses.size());
  work.tokens += guesses;
  if (work.are_forced) return work;
  s.done.drafted_tokens += guesses;
  statistics_.drafted_tokens += guesses;
  return work;
}

std::vector<Engine::Work> Engine::plan() {
  std::vector<SequencePtr> order = running_;
  std::sort(order.begin(), order.end(), kGoesBefore);
  // Every sequence that writes gets its row; what is left goes to prompts and guesses.
  int64_t writing = std::count_if(order.begin(), order.end(), [](const auto& each) { return each->pending() == 1; });
  int64_t rows = std::max(options_.max_batch_tokens, writing);
  std::vector<Work> works;
  for (const SequencePtr& sequence : order) {
    if (!sequence->is_running) continue;  // it made way
    const bool writes = sequence->pending() == 1;
    writing -= writes;
    try {
      if (auto work = plan_one(sequence, rows - writing)) {
        rows -= work->tokens;
        works.push_back(std::move(*work));
      }
    } catch (const std::exception&) {  // such as no memory for a page
      finish(sequence, StopReason::kCancelled, std::current_exception());
    }
  }
  std::stable_partition(works.begin(), works.end(), [](const Work& work) { return work.is_prompt; });
  return works;
}

}  // namespace vitrine::infer
