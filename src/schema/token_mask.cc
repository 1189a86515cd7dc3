#include "schema/token_mask.h"

#include <algorithm>
#include <cstring>

namespace vitrine::schema {
namespace {

using Op = Node::Op;

constexpr size_t kDenseFrom = 1500;  // tokens beside a base from which on the mask is kept as bits
constexpr uint32_t kNoLimit = 1 << 16;
constexpr uint32_t kMaxMeasured = 24;  // characters of a run that is no loop; longer tokens are rare
constexpr uint16_t kFilterFrom = 4;    // children from which on their bytes are looked at together
constexpr ByteSet kAllBytes = {{~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}}};
constexpr size_t kMaxFront = 8;  // states that a run may be in at once
/// Classes with so many tokens that a base is worth its making.
constexpr ByteClasses kPopulous = byte_class::kLowerRest | byte_class::kUpperRest | byte_class::kNonAscii;

ByteClasses classes_of(const ByteSet& bytes) {
  ByteClasses classes = classes_touched({.bits = {bytes.bits[0], bytes.bits[1]}});
  if ((bytes.bits[2] | bytes.bits[3]) != 0) classes |= byte_class::kNonAscii;
  return classes;
}

bool overlap(const ByteSet& bytes, const Dfa& language) {
  return ((bytes.bits[0] & language.used_ascii().bits[0]) | (bytes.bits[1] & language.used_ascii().bits[1])) != 0 ||
         ((bytes.bits[2] | bytes.bits[3]) != 0 && language.uses_non_ascii());
}

}  // namespace

MaskMaker::MaskMaker(Automaton& automaton, const Vocabulary& vocabulary)
    : automaton_(automaton),
      vocabulary_(vocabulary),
      longest_(vocabulary.trie().node(TokenTrie::kRoot).characters),
      trie_(&vocabulary.trie()) {}

void MaskMaker::write(StateId state, std::span<uint64_t> mask) {
  const StateId alike = representative(state);
  const Kept* known = kept_.find(alike);
  Kept kept;
  if (known != nullptr) {
    kept = *known;
  } else {
    kept = make(alike);
    kept_.add(alike, kept);
  }
  const size_t bytes = vocabulary_.mask_words() * sizeof(uint64_t);
  if (kept.base != nullptr) {
    std::memcpy(mask.data(), kept.base, bytes);
  } else {
    std::memset(mask.data(), 0, bytes);
  }
  for (uint32_t i = kept.begin; i < kept.end; ++i) mask[tokens_[i] / 64] |= uint64_t{1} << tokens_[i] % 64;
}

MaskMaker::Kept MaskMaker::make(StateId state) {
  base_ = nullptr;
  added_bases_.clear();
  closings_.clear();
  has_escapes_ = false;
  const size_t begin = tokens_.size();
  collect(state);
  if (tokens_.size() - begin >= kDenseFrom) {
    auto mask = std::make_unique<uint64_t[]>(vocabulary_.mask_words());
    if (base_ != nullptr) std::memcpy(mask.get(), base_, vocabulary_.mask_words() * sizeof(uint64_t));
    for (size_t i = begin; i < tokens_.size(); ++i) mask[tokens_[i] / 64] |= uint64_t{1} << tokens_[i] % 64;
    tokens_.resize(begin);
    base_ = mask.get();
    own_masks_.push_back(std::move(mask));
  }
  return {base_, static_cast<uint32_t>(begin), static_cast<uint32_t>(tokens_.size())};
}

StateId MaskMaker::representative(StateId state) {
  // Strings far from their bounds on length have the same mask whatever their length.
  const std::span<const Place> places = automaton_.places(state);
  if (places.size() != 1 || !automaton_.is_inside(places[0])) return state;
  Place place = places[0];
  const Node& node = automaton_.program().nodes[place.node];
  if (node.op != Op::kString || automaton_.program().strings[node.x].max_length == kNone) return state;
  const StringSpec& spec = automaton_.program().strings[node.x];
  if (place.count <= spec.min_length || spec.max_length - place.count < longest_) return state;
  place.count = spec.min_length;
  return automaton_.state_of(place);
}

void MaskMaker::collect(StateId state) {
  // Collecting adds states, which may move the places: copy them.
  const std::span<const Place> found = automaton_.places(state);
  const bool has_inside = std::ranges::any_of(found, [&](const Place& place) { return automaton_.is_inside(place); });
  if (!has_inside) return walk_root(state);
  const std::vector<Place> places(found.begin(), found.end());
  for (const Place& place : places) {
    if (automaton_.is_inside(place)) {
      collect_place(place);
    } else if (place.node != kNone) {
      walk_root(automaton_.state_of(place));
    }
  }
  walk_closings();
}

/// What follows the closing quotes of strings without bounds, of all places at once.
void MaskMaker::walk_closings() {
  if (closings_.empty()) return;
  begin_marked(vocabulary_.after_quote(), 0, kNone);
  add_tokens(TokenTrie::kRoot);
  walk_from(TokenTrie::kRoot, closings_.size() == 1 ? closings_[0] : automaton_.united(closings_));
  end_marked();
}

void MaskMaker::collect_place(const Place& place) {
  const bool is_quoted = automaton_.program().nodes[place.node].op != Op::kText;
  const bool is_universal = is_quoted && automaton_.language_of(place).is_universal(place.progress);
  if (is_universal && place.partial == 0) return collect_universal(place);
  if (is_universal && PartialCharacter::unpacked(place.partial).is_begun_escape() &&
      automaton_.program().spelling == Spelling::kJson && automaton_.room(place) >= longest_) {
    return collect_escape(place);
  }
  const Run run = place.partial == 0 ? run_from(place) : Run();
  if (run.characters != 0) add_base(run);
  CharacterReader reader(automaton_, place);
  walk_characters(reader, TokenTrie::kRoot, place, run, 0, run.characters != 0);
}

void MaskMaker::collect_universal(const Place& place) {
  // Any character goes on: tokens of plain ones are in the base, others are found by what follows their first quote or
  // backslash.
  const uint32_t room = automaton_.room(place);
  const uint32_t characters = room >= longest_ ? kNoLimit : std::min(room, Vocabulary::kMaxCounted);
  if (characters != 0) add_base({byte_class::kPlain, byte_class::kPlain, 0, characters});
  if (characters != kNoLimit) {
    for (const Vocabulary::MarkedToken& token : vocabulary_.long_plain()) {
      if (token.characters_before <= room) tokens_.push_back(token.token);
    }
  }
  const Node& node = automaton_.program().nodes[place.node];
  const StringSpec* bounds = node.op == Op::kString ? &automaton_.program().strings[node.x] : nullptr;
  const uint32_t min = bounds == nullptr ? 0 : bounds->min_length;
  if (bounds == nullptr || (bounds->max_length == kNone && min == 0)) {
    collect_escapes(place, 0, kNone);
    has_escapes_ = true;
    const StateId closed = automaton_.close_quote(place);
    if (closed != Automaton::kDead) closings_.push_back(closed);
    return;
  }
  // How many characters precede the backslash matters for what may follow.
  for (uint32_t before : vocabulary_.counts_before_backslash()) {
    if (before >= room) break;
    Place escape = place;
    escape.count = bounds->max_length == kNone ? std::min(place.count + before, min) : place.count + before;
    collect_escapes(escape, before, before);
  }
  Place closing = place;
  closing.count = std::max(min, place.count);
  const StateId closed = automaton_.close_quote(closing);
  if (closed == Automaton::kDead) return;
  begin_marked(vocabulary_.after_quote(), min > place.count ? min - place.count : 0, room);
  add_tokens(TokenTrie::kRoot);
  walk_from(TokenTrie::kRoot, closed);
  end_marked();
}

void MaskMaker::collect_escapes(Place place, uint32_t fewest, uint32_t most) {
  if (!automaton_.read_character_byte(place, '\\')) return;
  begin_marked(vocabulary_.after_backslash(), fewest, most);
  CharacterReader reader(automaton_, place);
  if (has_escapes_ && fewest == 0 && most == kNone) {
    // Another place without bounds has given what stays inside: left are the tokens that close the string.
    const Run inside{byte_class::kAll, byte_class::kAll, byte_class::kQuote, kNoLimit};
    walk_characters(reader, TokenTrie::kRoot, place, inside, 0, true);
  } else {
    add_tokens(TokenTrie::kRoot);
    walk_characters(reader, TokenTrie::kRoot, place, Run(), 0, false);
  }
  end_marked();
}

void MaskMaker::begin_marked(const TokenTrie& trie, uint32_t fewest, uint32_t most) {
  trie_ = &trie;
  is_marked_ = true;
  fewest_before_ = fewest, most_before_ = most;
}

void MaskMaker::end_marked() {
  trie_ = &vocabulary_.trie();
  is_marked_ = false;
}

void MaskMaker::collect_escape(const Place& place) {
  // After a backslash: a letter that makes an escape, then any plain characters, as the vocabulary has them ready.
  const Run run{0, byte_class::kPlain, byte_class::kQuote | byte_class::kBackslash, kNoLimit};
  add_ready_base(vocabulary_.escape_mask().data());
  const ByteSet bytes = automaton_.first_bytes_of(place);
  CharacterReader reader(automaton_, place);
  trie_->for_children(TokenTrie::kRoot, bytes.bits.data(), [&](uint32_t child) {
    Place next = place;
    const uint8_t byte = trie_->node(child).byte;
    if (!reader.read(next, byte)) return;
    add_tokens(child);
    const bool is_ready =
        std::string_view(Vocabulary::kEscapeLetters).find(static_cast<char>(byte)) != std::string_view::npos;
    walk_characters(reader, child, next, run, 2, is_ready);
  });
}

MaskMaker::StateClasses MaskMaker::classes_of_state(const Place& place, uint32_t state) {
  const Node& node = automaton_.program().nodes[place.node];
  const Dfa& language = automaton_.language_of(place);
  const bool is_key = node.op == Op::kKey;
  const uint64_t key = static_cast<uint64_t>(&language - automaton_.program().languages.data()) << 32 | state;
  const StateClasses* known = is_key ? nullptr : state_classes_.find(key);
  if (known != nullptr) return *known;
  AsciiSet ascii;
  uint32_t non_ascii_from = 0x80;
  bool has_non_ascii = false;
  for (const Dfa::Edge& edge : language.edges(state)) {
    if (is_key && !automaton_.key_can_reach(place, edge.to)) continue;
    ascii.add(edge.first, edge.last);
    has_non_ascii |= edge.last >= 0x80;
    if (edge.first <= non_ascii_from && edge.last >= non_ascii_from) {
      non_ascii_from = edge.last + 1 == 0xD800 ? 0xE000 : edge.last + 1;
    }
  }
  StateClasses classes;
  classes.whole = classes_within(ascii) | (non_ascii_from > kMaxCodePoint ? byte_class::kNonAscii : ByteClasses{0});
  classes.touched = classes_touched(ascii) | (has_non_ascii ? byte_class::kNonAscii : ByteClasses{0});
  if (node.op != Op::kText) classes.whole &= byte_class::kPlain;
  if (!is_key) state_classes_.add(key, classes);
  return classes;
}

ByteClasses MaskMaker::classes_into(const Place& place, uint32_t from, uint32_t to) const {
  const bool is_key = automaton_.program().nodes[place.node].op == Op::kKey;
  if (is_key && !automaton_.key_can_reach(place, to)) return 0;
  AsciiSet ascii;
  uint32_t non_ascii_from = 0x80;
  for (const Dfa::Edge& edge : automaton_.language_of(place).edges(from)) {
    if (edge.to != to) continue;
    ascii.add(edge.first, edge.last);
    if (edge.first <= non_ascii_from && edge.last >= non_ascii_from) {
      non_ascii_from = edge.last + 1 == 0xD800 ? 0xE000 : edge.last + 1;
    }
  }
  const ByteClasses classes =
      classes_within(ascii) | (non_ascii_from > kMaxCodePoint ? byte_class::kNonAscii : ByteClasses{0});
  return automaton_.program().nodes[place.node].op == Op::kText ? classes : classes & byte_class::kPlain;
}

bool MaskMaker::find_loop(const Place& place, Run& run) {
  // The state that most letters lead to, if it leads back to itself by letters.
  for (const Dfa::Edge& edge : automaton_.language_of(place).edges(place.progress)) {
    const bool has_letters = edge.last >= 'A' && edge.first <= 'z';
    if (!has_letters && edge.last < 0x80) continue;
    const ByteClasses loop = classes_into(place, edge.to, edge.to);
    if ((loop & kPopulous) == 0) continue;
    run.first = classes_into(place, place.progress, edge.to);
    run.rest = loop;
    run.characters = kNoLimit;
    run.exits = (classes_of_state(place, place.progress).touched | classes_of_state(place, edge.to).touched) & ~loop;
    return (run.first & kPopulous) == (classes_of_state(place, place.progress).whole & kPopulous);
  }
  return false;
}

/// Finds how long a run goes on after its first character, and what may be read on the way. Classes with few tokens
/// that would end the run early ('-' in a slug, '.' in a host name) are taken out of it.
void MaskMaker::measure_run(const Place& place, Run& run) {
  const Dfa& language = automaton_.language_of(place);
  std::vector<uint32_t> visited;
  size_t layer = 0;  // states from here on were met for the first time in this step
  bool has_way_back = false;
  const auto follow = [&](uint32_t state, const AsciiSet& members, ByteClasses classes) {
    for (const Dfa::Edge& edge : language.edges(state)) {
      AsciiSet ascii;
      ascii.add(edge.first, edge.last);
      const bool is_met = ascii.overlaps(members) || (edge.last >= 0x80 && (classes & byte_class::kNonAscii) != 0);
      if (!is_met) continue;
      const auto known = std::ranges::find(visited, edge.to);
      has_way_back |= known < visited.begin() + static_cast<ptrdiff_t>(layer);
      if (known == visited.end()) visited.push_back(edge.to);
    }
  };
  for (run.rest = byte_class::kAll;;) {
    visited.clear();
    has_way_back = false, layer = 0;
    follow(place.progress, members_of(run.first), run.first);
    const AsciiSet members = members_of(run.rest);
    run.exits = classes_of_state(place, place.progress).touched;
    ByteClasses missing = 0;
    size_t front = 0;
    for (run.characters = 1; run.characters < kMaxMeasured && missing == 0; ++run.characters) {
      const size_t end = visited.size();
      if (front == end) {
        run.characters = kNoLimit;
        break;
      }
      if (end - front > kMaxFront) break;
      run.is_bounded = !has_way_back;
      for (size_t i = front; i < end; ++i) {
        run.is_bounded &= (run.rest & classes_of_state(place, visited[i]).touched) == 0;
        missing |= run.rest & ~classes_of_state(place, visited[i]).whole;
      }
      if (missing != 0) break;
      layer = end;
      for (; front < end; ++front) {
        run.exits |= classes_of_state(place, visited[front]).touched;
        follow(visited[front], members, run.rest);
      }
    }
    run.is_bounded &= missing != 0;
    const bool can_shrink = run.characters == 1 || (missing & kPopulous) == 0;
    if (missing == 0 || run.is_bounded || !can_shrink) break;
    run.rest &= ~missing;
  }
  run.exits &= ~run.rest;
}

MaskMaker::Run MaskMaker::run_from(const Place& place) {
  Run run;
  const bool is_quoted = automaton_.program().nodes[place.node].op != Op::kText;
  if (!find_loop(place, run)) {
    run = Run();
    run.first = classes_of_state(place, place.progress).whole;
    if ((run.first & kPopulous) == 0) return {};
    measure_run(place, run);
  }
  const uint32_t room = automaton_.room(place);
  if (room < longest_ && room < run.characters) {
    run.characters = std::min(room, Vocabulary::kMaxCounted);
    run.is_bounded = room <= Vocabulary::kMaxCounted;
  }
  if (is_quoted) {
    run.exits |= byte_class::kQuote | byte_class::kBackslash;
  } else {
    // A state of the text that accepts, if there is one, shows what may follow.
    const Dfa& language = automaton_.language_of(place);
    Place end = place;
    for (end.progress = 0; !language.accepts(end.progress);) ++end.progress;
    run.exits |= classes_of(automaton_.first_bytes(automaton_.leave_text(end)));
  }
  return run;
}

void MaskMaker::add_base(const Run& run) { add_ready_base(base_of(run)); }

void MaskMaker::add_ready_base(const uint64_t* base) {
  if (std::ranges::find(added_bases_, base) != added_bases_.end()) return;
  added_bases_.push_back(base);
  if (base_ == nullptr) {
    base_ = base;
    return;
  }
  auto both = std::make_unique<uint64_t[]>(vocabulary_.mask_words());
  for (size_t w = 0; w < vocabulary_.mask_words(); ++w) both[w] = base_[w] | base[w];
  base_ = both.get();
  own_masks_.push_back(std::move(both));
}

const uint64_t* MaskMaker::base_of(const Run& run) {
  Run key = run;
  key.exits = 0, key.is_bounded = false;
  if (key.first == byte_class::kPlain && key.rest == key.first && key.characters == kNoLimit) {
    return vocabulary_.plain_mask().data();
  }
  for (const Base& base : bases_) {
    if (base.run == key) return base.mask.get();
  }
  auto mask = std::make_unique<uint64_t[]>(vocabulary_.mask_words());
  const std::span<uint64_t> words(mask.get(), vocabulary_.mask_words());
  if (key.first == byte_class::kPlain && key.rest == key.first) {
    vocabulary_.fill_plain_mask(key.characters, words);
  } else {
    vocabulary_.fill_mask(key.first, key.rest, key.characters, words);
  }
  bases_.push_back({key, std::move(mask)});
  return bases_.back().mask.get();
}

void MaskMaker::add_tokens(uint32_t node) {
  for (TokenId token : trie_->tokens(node)) {
    if (is_marked_) {
      const Vocabulary::MarkedToken& marked = vocabulary_.marked(token);
      if (marked.characters_before < fewest_before_ || marked.characters_before > most_before_) continue;
      token = marked.token;
    }
    tokens_.push_back(token);
  }
}

void MaskMaker::walk_from(uint32_t node, StateId state) {
  if (trie_->node(node).child_count == 0) return;
  const std::span<const Place> places = automaton_.places(state);
  if (places.size() == 1 && automaton_.is_inside(places[0])) {
    const Place place = places[0];
    CharacterReader reader(automaton_, place);
    return walk_characters(reader, node, place, Run(), 0, false);
  }
  walk(node, state);
}

void MaskMaker::walk(uint32_t node, StateId state) {
  const ByteSet bytes = automaton_.first_bytes(state);
  trie_->for_children(node, bytes.bits.data(), [&](uint32_t child) { walk_byte(child, state); });
}

void MaskMaker::walk_byte(uint32_t child, StateId state) {
  const StateId next = automaton_.step(state, trie_->node(child).byte);
  if (next == Automaton::kDead) return;
  add_tokens(child);
  walk_from(child, next);
}

void MaskMaker::walk_root(StateId state) {
  // Where white space leads to a state that more of it does not change, tokens of it alone are in a base, and what
  // follows it in others is found in a tree of its own.
  constexpr uint64_t kSpaces = uint64_t{1} << ' ' | uint64_t{1} << '\t' | uint64_t{1} << '\n' | uint64_t{1} << '\r';
  ByteSet bytes = automaton_.first_bytes(state);
  const StateId spaced = (bytes.bits[0] & kSpaces) == kSpaces ? automaton_.step(state, ' ') : Automaton::kDead;
  for (char c : {' ', '\t', '\n', '\r'}) {
    const auto byte = static_cast<uint8_t>(c);
    const bool is_loop =
        spaced != Automaton::kDead && automaton_.step(state, byte) == spaced && automaton_.step(spaced, byte) == spaced;
    if (!is_loop) return walk(TokenTrie::kRoot, state);
  }
  add_ready_base(vocabulary_.space_mask().data());
  bytes.bits[0] &= ~kSpaces;
  trie_->for_children(TokenTrie::kRoot, bytes.bits.data(), [&](uint32_t child) { walk_byte(child, state); });
  bytes = automaton_.first_bytes(spaced);
  bytes.bits[0] &= ~kSpaces;
  trie_ = &vocabulary_.after_space();
  trie_->for_children(TokenTrie::kRoot, bytes.bits.data(), [&](uint32_t child) { walk_byte(child, spaced); });
  trie_ = &vocabulary_.trie();
}

void MaskMaker::walk_characters(CharacterReader& reader, uint32_t node, const Place& place, const Run& run,
                                uint32_t characters, bool is_in_run) {
  const TokenTrie::Node& parent = trie_->node(node);
  if (!is_in_run) {
    if (parent.child_count == 0) return;
    const bool is_filtered = parent.child_count >= kFilterFrom && place.partial == 0;
    const ByteSet bytes = is_filtered                         ? reader.first_bytes(place)
                          : parent.child_count >= kFilterFrom ? automaton_.first_bytes_of(place)
                                                              : kAllBytes;
    trie_->for_children(node, bytes.bits.data(),
                        [&](uint32_t child) { walk_character(reader, child, place, run, characters, false); });
    return;
  }
  const bool is_first = characters == 0 || (characters == 1 && place.partial != 0);
  const ByteClasses inside = is_first ? run.first : run.rest;
  const ByteSet bytes = place.partial == 0 ? reader.first_bytes(place) : kAllBytes;
  for (uint32_t child = parent.first_child, end = child + parent.child_count; child < end; ++child) {
    const TokenTrie::Node& below = trie_->node(child);
    const bool is_of_run = (byte_class::kTable[below.byte] & inside) != 0;
    const bool is_known =
        (below.classes & run.exits) == 0 && (run.is_bounded || characters + below.characters <= run.characters);
    if ((is_of_run && is_known) || !bytes.has(below.byte)) continue;
    walk_character(reader, child, place, run, characters, is_of_run);
  }
}

/// `is_in_run`: this byte is still of the run.
void MaskMaker::walk_character(CharacterReader& reader, uint32_t child, const Place& place, const Run& run,
                               uint32_t characters, bool is_in_run) {
  const TokenTrie::Node& node = trie_->node(child);
  characters += (node.byte & 0xC0) != 0x80 ? 1 : 0;
  if (node.byte == '"' && !reader.is_text() && place.partial == 0) {
    const StateId closed = automaton_.close_quote(place);
    if (closed == Automaton::kDead) return;
    add_tokens(child);
    walk_from(child, closed);
    return;
  }
  Place next = place;
  if (!reader.read(next, node.byte)) return;
  const bool is_covered = is_in_run && characters <= run.characters;
  if (!is_covered) add_tokens(child);
  if (node.child_count == 0) return;
  if (reader.is_text() && next.partial == 0) return leave_and_walk(reader, child, next, run, characters, is_covered);
  walk_characters(reader, child, next, run, characters, is_covered);
}

void MaskMaker::leave_and_walk(CharacterReader& reader, uint32_t child, const Place& place, const Run& run,
                               uint32_t characters, bool is_in_run) {
  const StateId left = automaton_.leave_text(place);
  if (left != Automaton::kDead) {
    // Where the text and what follows it may begin alike, both are walked at once: the work stays linear.
    if (overlap(automaton_.first_bytes(left), automaton_.language_of(place))) {
      return walk(child, automaton_.united(place, left));
    }
    walk(child, left);
  }
  walk_characters(reader, child, place, run, characters, is_in_run);
}

}  // namespace vitrine::schema
