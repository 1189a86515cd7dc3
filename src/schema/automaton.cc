#include "schema/automaton.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace vitrine::schema {
namespace {

using Op = Node::Op;

constexpr size_t kMaxSteps = 65536;  // places visited to close over one byte

bool is_space(uint8_t byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

uint64_t hash_place(uint64_t hash, const Place& place) {
  hash = mix_hash(hash, uint64_t{place.stack} << 32 | place.node);
  hash = mix_hash(hash, uint64_t{place.progress} << 32 | place.count);
  return mix_hash(hash, place.partial);
}

auto order_of(const Place& place) {
  return std::tuple(place.node, place.stack, place.progress, place.count, place.partial);
}

[[noreturn]] void too_ambiguous() {
  throw Error(ErrorCode::kUnsupported,
              fmt::format("grammar: too ambiguous (more than {} ways to read the text so far)", kMaxPlaces),
              "write alternatives that differ in their first characters");
}

}  // namespace

Automaton::Automaton(const Program& program) : program_(program) {
  // What a short document takes, so that no mask waits for its tables to move.
  states_.reserve(256), places_.reserve(512), frames_.reserve(64);
  pending_.reserve(32), found_.reserve(32);
  states_.push_back({0, 0, false, {}});  // kDead
  frames_.push_back({0, kNone, 0, 0});
  intern_number(NumberState());
  close_over({.stack = 0, .node = program.rules[program.root].start});
  start_ = finish_state();
}

StateId Automaton::step(StateId state, uint8_t byte) {
  const uint64_t key = uint64_t{state} << 8 | byte;
  if (const StateId* known = transitions_.find(key)) return *known;
  found_.clear();
  found_end_ = false;
  // read_byte() adds states, which may move the places: walk by index.
  for (uint32_t i = states_[state].begin; i < states_[state].end; ++i) read_byte(Place(places_[i]), byte);
  const StateId next = finish_state();
  transitions_.add(key, next);
  return next;
}

StateId Automaton::finish_state() {
  if (found_end_) found_.push_back(Place());
  if (found_.empty()) return kDead;
  if (found_.size() > 1) std::ranges::sort(found_, {}, order_of);
  const StateId state = intern(found_);
  found_.clear();
  found_end_ = false;
  return state;
}

StateId Automaton::intern(std::span<const Place> places) {
  uint64_t hash = places.size();
  for (const Place& place : places) hash = hash_place(hash, place);
  const auto next = static_cast<StateId>(states_.size());
  const StateId id = state_table_.find_or_add(
      hash, next, [&](uint32_t other) { return std::ranges::equal(this->places(other), places); });
  if (id != next) return id;
  State state{static_cast<uint32_t>(places_.size()), 0, false, {}};
  for (const Place& place : places) {
    if (place.node == kNone) {
      state.is_complete = true;
    } else {
      state.first_bytes.add(first_bytes_of(place));
    }
  }
  places_.insert(places_.end(), places.begin(), places.end());
  state.end = static_cast<uint32_t>(places_.size());
  states_.push_back(state);
  return id;
}

uint32_t Automaton::push_frame(uint32_t parent, NodeId node, uint32_t count) {
  const Frame frame{parent, node, count, frames_[parent].depth + 1};
  const uint64_t hash = mix_hash(mix_hash(0, uint64_t{parent} << 32 | node), count);
  const auto next = static_cast<uint32_t>(frames_.size());
  const uint32_t id = frame_table_.find_or_add(hash, next, [&](uint32_t other) { return frames_[other] == frame; });
  if (id == next) frames_.push_back(frame);
  return id;
}

uint32_t Automaton::intern_number(const NumberState& state) {
  const auto next = static_cast<uint32_t>(numbers_.size());
  const uint32_t id =
      number_table_.find_or_add(state.hash(), next, [&](uint32_t other) { return numbers_[other] == state; });
  if (id == next) numbers_.push_back(state);
  return id;
}

bool Automaton::fits_depth(uint32_t stack, uint32_t depth) const {
  return depth != kNone && frames_[stack].depth + depth <= program_.max_depth;
}

void Automaton::visit(Place place) {
  if (!fits_depth(place.stack, program_.depths[place.node])) return;
  pending_.push_back(place);
}

void Automaton::close_over(Place place) {
  pending_.clear();
  visit(place);
  size_t steps = 0;
  while (!pending_.empty()) {
    if (++steps > kMaxSteps) too_ambiguous();
    const Place top = pending_.back();
    pending_.pop_back();
    close_over_one(top);
  }
}

void Automaton::close_over_one(const Place& place) {
  const Node& node = program_.nodes[place.node];
  const auto go = [&](NodeId next) { visit({.stack = place.stack, .node = next, .count = place.count}); };
  switch (node.op) {
    case Op::kSplit:
      for (uint32_t i = 0; i < node.y; ++i) go(program_.choices[node.x + i]);
      break;
    case Op::kCall: {
      // A call at the end of a rule needs no way back to it.
      const bool is_tail = program_.nodes[node.next].op == Op::kEnd;
      const uint32_t stack = is_tail ? place.stack : push_frame(place.stack, node.next, place.count);
      visit({.stack = stack, .node = program_.rules[node.x].start});
      break;
    }
    case Op::kEnd:
      if (place.stack == 0) {
        found_end_ = true;
      } else {
        const Frame& frame = frames_[place.stack];
        visit({.stack = frame.parent, .node = frame.node, .count = frame.count});
      }
      break;
    case Op::kFirstMember:
    case Op::kNextMember: {
      const uint32_t members = node.op == Op::kNextMember ? place.count : initial_members(node.x, place.stack);
      const MembersView& view = member_views_[members];
      const bool any_allowed = view.any_allowed, can_close = view.can_close;
      if (any_allowed) visit({.stack = place.stack, .node = node.y, .count = members});
      if (can_close) visit({.stack = place.stack, .node = node.next});
      break;
    }
    case Op::kMember: {
      if (!(member_views_[place.count].allowed[node.y / 64] >> node.y % 64 & 1)) break;
      const uint32_t members = members_with(place.count, node.y);
      visit({.stack = place.stack, .node = node.next, .count = members});
      break;
    }
    case Op::kFirstItem:
    case Op::kNextItem: {
      const ArraySpec& array = program_.arrays[node.x];
      const uint32_t count = node.op == Op::kNextItem ? place.count : 0;
      const RuleId rule = count < array.max_items ? array.rule_of(count) : kNone;
      const uint32_t depth = rule == kNone ? kNone : program_.rules[rule].depth;
      if (depth != kNone && fits_depth(place.stack, depth + 1))
        visit({.stack = place.stack, .node = node.y, .count = count});
      if (count >= array.min_items) visit({.stack = place.stack, .node = node.next});
      break;
    }
    case Op::kItem: {
      const ArraySpec& array = program_.arrays[node.x];
      const uint32_t stack = push_frame(place.stack, node.next, std::min(place.count + 1, array.distinct_counts()));
      visit({.stack = stack, .node = program_.rules[array.rule_of(place.count)].start});
      break;
    }
    case Op::kText:
      if (program_.languages[node.x].accepts(0)) go(node.next);
      add_place(place);
      break;
    case Op::kSpace:
      go(node.next);
      add_place(place);
      break;
    case Op::kString:
    case Op::kKey: {
      Place quoted = place;
      quoted.progress = kNone;
      add_place(quoted);
      break;
    }
    case Op::kByte:
    case Op::kNumber:
      add_place(place);
      break;
  }
}

void Automaton::add_place(const Place& place) {
  if (std::ranges::find(found_, place) != found_.end()) return;
  if (found_.size() >= kMaxPlaces) too_ambiguous();
  found_.push_back(place);
}

void Automaton::read_byte(const Place& place, uint8_t byte) {
  if (place.node == kNone) return;
  const Node& node = program_.nodes[place.node];
  switch (node.op) {
    case Op::kByte:
      if (byte >= node.x && byte <= node.y) close_over({.stack = place.stack, .node = node.next, .count = place.count});
      break;
    case Op::kSpace:
      if (is_space(byte)) close_over(place);
      break;
    case Op::kNumber:
      read_number_byte(place, byte);
      break;
    case Op::kText: {
      Place after = place;
      if (!read_character_byte(after, byte)) break;
      add_place(after);
      if (after.partial == 0 && program_.languages[node.x].accepts(after.progress)) {
        close_over({.stack = place.stack, .node = node.next, .count = place.count});
      }
      break;
    }
    case Op::kString:
    case Op::kKey: {
      Place after = place;
      if (place.progress == kNone) {
        if (byte != '"') break;
        after.progress = 0;
        add_place(after);
      } else if (byte == '"' && place.partial == 0) {
        const StateId closed = close_quote(place);
        for (uint32_t i = states_[closed].begin; i < states_[closed].end; ++i) {
          if (places_[i].node == kNone) {
            found_end_ = true;
          } else {
            add_place(Place(places_[i]));
          }
        }
      } else if (read_character_byte(after, byte)) {
        add_place(after);
      }
      break;
    }
    default:
      break;
  }
}

void Automaton::read_number_byte(Place place, uint8_t byte) {
  const Node& node = program_.nodes[place.node];
  const NumberSpec& spec = program_.numbers[node.x];
  NumberState state = numbers_[place.progress];
  if (!state.take(byte, spec)) return;
  place.progress = intern_number(state);
  add_place(place);
  if (state.is_complete(spec)) close_over({.stack = place.stack, .node = node.next, .count = place.count});
}

StateId Automaton::close_quote(const Place& place) {
  const Node& node = program_.nodes[place.node];
  Place after{.stack = place.stack};
  if (node.op == Op::kString) {
    const StringSpec& spec = program_.strings[node.x];
    if (!program_.languages[spec.language].accepts(place.progress) || place.count < spec.min_length) return kDead;
    after.node = node.next;
  } else {
    const int32_t label = program_.languages[program_.objects[node.x].keys].label(place.progress);
    if (label < 0 || !(member_views_[place.count].allowed[static_cast<size_t>(label) / 64] >> label % 64 & 1))
      return kDead;
    after.node = program_.objects[node.x].label_nodes[static_cast<size_t>(label)];
    after.count = members_with(place.count, static_cast<uint32_t>(label));
  }
  // May be called while a step collects its places: keep those.
  std::vector<Place> kept = std::move(found_);
  const bool kept_end = found_end_;
  found_.clear();
  found_end_ = false;
  close_over(after);
  const StateId state = finish_state();
  found_ = std::move(kept);
  found_end_ = kept_end;
  return state;
}

StateId Automaton::leave_text(const Place& place) {
  const Node& node = program_.nodes[place.node];
  if (place.partial != 0 || !program_.languages[node.x].accepts(place.progress)) return kDead;
  close_over({.stack = place.stack, .node = node.next, .count = place.count});
  return finish_state();
}

bool Automaton::is_finished(StateId state) const {
  const auto says_nothing = [&](const Place& place) {
    if (place.node == kNone || program_.nodes[place.node].op == Op::kSpace) return true;
    const bool is_text = program_.nodes[place.node].op == Op::kText && place.partial == 0;
    return is_text && language_of(place).edges(place.progress).empty();
  };
  return is_complete(state) && std::ranges::all_of(places(state), says_nothing);
}

StateId Automaton::united(const Place& place, StateId state) {
  found_.assign(places_.begin() + states_[state].begin, places_.begin() + states_[state].end);
  add_place(place);
  std::ranges::sort(found_, {}, order_of);
  return finish_state();
}

StateId Automaton::united(std::span<const StateId> states) {
  found_.clear();
  for (const StateId state : states)
    for (uint32_t i = states_[state].begin; i < states_[state].end; ++i) add_place(places_[i]);
  return finish_state();
}

}  // namespace vitrine::schema
