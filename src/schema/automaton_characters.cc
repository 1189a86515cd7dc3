// The part of the automaton that reads characters: texts, strings and keys, and the members that keys make.
#include <algorithm>
#include <optional>
#include <string_view>

#include "schema/automaton.h"

namespace vitrine::schema {
namespace {

using Op = Node::Op;

bool test_bit(const std::vector<uint64_t>& bits, uint32_t index) { return bits[index / 64] >> index % 64 & 1; }

/// Calls visit(first, last) for the ranges of characters that may still come of a partial one.
/// Returns true as soon as a call does.
template <typename Visit>
bool any_range(const PartialCharacter& partial, const PartialCharacter::Result& result, Spelling spelling,
               const Visit& visit) {
  if (spelling == Spelling::kJsonMinimal && partial.is_escape()) {
    // Only what cannot stand as itself is escaped, and each in its shortest way.
    const bool is_hex = result.last <= 0x1F;
    if (!is_hex) return visit(0, 0x1F) || visit('"', '"') || visit('\\', '\\');
    for (uint32_t c = result.first; c <= result.last; ++c) {
      const bool is_short = c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t';
      if (!is_short && visit(c, c)) return true;
    }
    return false;
  }
  return visit(result.first, result.last) ||
         (result.pair_first <= result.pair_last && visit(result.pair_first, result.pair_last));
}

}  // namespace

const Dfa& Automaton::language_of(const Place& place) const {
  const Node& node = program_.nodes[place.node];
  if (node.op == Op::kText) return program_.languages[node.x];
  if (node.op == Op::kString) return program_.languages[program_.strings[node.x].language];
  return program_.languages[program_.objects[node.x].keys];
}

bool Automaton::is_inside(const Place& place) const {
  if (place.node == kNone) return false;
  const Op op = program_.nodes[place.node].op;
  return op == Op::kText || ((op == Op::kString || op == Op::kKey) && place.progress != kNone);
}

bool Automaton::key_can_reach(const Place& place, uint32_t key_state) const {
  const ObjectSpec& object = program_.objects[program_.nodes[place.node].x];
  const std::vector<uint64_t>& allowed = member_views_[place.count].allowed;
  const uint32_t words = object.words();
  for (uint32_t w = 0; w < words; ++w) {
    if (object.reachable[key_state * words + w] & allowed[w]) return true;
  }
  return false;
}

uint32_t Automaton::room(const Place& place) const {
  const Node& node = program_.nodes[place.node];
  if (node.op != Op::kString) return kNone;
  const uint32_t max = program_.strings[node.x].max_length;
  return max == kNone ? kNone : max - place.count;
}

bool Automaton::read_whole(Place& place, uint32_t character, const Dfa& language, const StringSpec* bounds) const {
  const uint32_t next = language.step(place.progress, character);
  if (next == Dfa::kDead) return false;
  if (bounds == nullptr && program_.nodes[place.node].op == Op::kKey && !key_can_reach(place, next)) return false;
  place.progress = next;
  // Characters are counted where a bound asks for it, and without an upper bound only as far as the lower one.
  if (bounds != nullptr && place.count < (bounds->max_length == kNone ? bounds->min_length : kNone)) ++place.count;
  return true;
}

bool Automaton::read_character_byte(Place& place, uint8_t byte) const {
  const Node& node = program_.nodes[place.node];
  const Spelling spelling = node.op == Op::kText ? Spelling::kPlain : program_.spelling;
  const Dfa& language = language_of(place);
  const StringSpec* bounds = node.op == Op::kString ? &program_.strings[node.x] : nullptr;
  if (bounds != nullptr && place.partial == 0 && place.count >= bounds->max_length) return false;
  // Most characters stand for themselves and are a byte long.
  const bool is_itself = spelling == Spelling::kPlain || (byte >= 0x20 && byte != '\\' && byte != '"');
  if (place.partial == 0 && byte < 0x80 && is_itself) return read_whole(place, byte, language, bounds);
  PartialCharacter partial = PartialCharacter::unpacked(place.partial);
  const PartialCharacter::Result result = partial.take(byte, spelling);
  if (result.step == PartialCharacter::Step::kRefused) return false;
  if (result.step == PartialCharacter::Step::kWhole) {
    place.partial = 0;
    return read_whole(place, result.first, language, bounds);
  }
  const bool leads_on = any_range(partial, result, spelling, [&](uint32_t first, uint32_t last) {
    return std::ranges::any_of(language.edges(place.progress), [&](const Dfa::Edge& edge) {
      return edge.first <= last && edge.last >= first && (node.op != Op::kKey || key_can_reach(place, edge.to));
    });
  });
  if (!leads_on) return false;
  place.partial = partial.packed();
  return true;
}

void Automaton::add_language_bytes(const Place& place, ByteSet& bytes) const {
  if (place.partial != 0) {
    const PartialCharacter partial = PartialCharacter::unpacked(place.partial);
    if (partial.wants_utf8()) {
      bytes.bits[2] = ~uint64_t{0};
    } else {
      for (char c : std::string_view(partial.wants_hex() ? "0123456789abcdefABCDEF" : "\"\\/bfnrtu"))
        bytes.add(static_cast<uint8_t>(c));
    }
    return;
  }
  for (const Dfa::Edge& edge : language_of(place).edges(place.progress)) {
    AsciiSet ascii;
    ascii.add(edge.first, edge.last);
    bytes.bits[0] |= ascii.bits[0], bytes.bits[1] |= ascii.bits[1];
    if (edge.last >= 0x80) bytes.bits[3] |= 0x1FFFFFFFFFFFFCu;  // C2 to F4
  }
}

ByteSet Automaton::first_bytes_of(const Place& place) const {
  const Node& node = program_.nodes[place.node];
  ByteSet bytes;
  switch (node.op) {
    case Op::kByte:
      for (uint32_t byte = node.x; byte <= node.y; ++byte) bytes.add(static_cast<uint8_t>(byte));
      break;
    case Op::kSpace:
      for (char c : {' ', '\t', '\n', '\r'}) bytes.add(static_cast<uint8_t>(c));
      break;
    case Op::kNumber:
      for (char c : {'-', '+', '.', 'e', 'E', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'}) {
        bytes.add(static_cast<uint8_t>(c));
      }
      break;
    case Op::kText:
      add_language_bytes(place, bytes);
      break;
    default:
      if (place.partial == 0) bytes.add('"');
      if (place.progress != kNone) add_language_bytes(place, bytes);
      if (place.progress != kNone && place.partial == 0) bytes.add('\\');
      break;
  }
  return bytes;
}

uint32_t Automaton::initial_members(uint32_t object, uint32_t stack) {
  const ObjectSpec& spec = program_.objects[object];
  Members members{.object = object, .stack = stack};
  if (spec.keeps_seen()) members.seen.assign((spec.listed + 63) / 64, 0);
  return intern_members(std::move(members));
}

uint32_t Automaton::members_with(uint32_t id, uint32_t label) {
  Members members = members_[id];
  const ObjectSpec& spec = program_.objects[members.object];
  const bool is_listed = label < spec.listed;
  // Other keys may repeat one another; together they surely add one.
  if (is_listed || !members.other) ++members.distinct;
  ++members.count;
  if (is_listed && spec.keeps_seen()) members.seen[label / 64] |= uint64_t{1} << label % 64;
  if (!spec.any_order) members.next_label = is_listed ? label + 1 : spec.listed;
  if (!is_listed) members.other = true;
  return intern_members(std::move(members));
}

uint32_t Automaton::intern_members(Members members) {
  const ObjectSpec& spec = program_.objects[members.object];
  // Counts that no bound asks for would keep equal states apart.
  if (spec.max_members == kNone) {
    members.count = std::min(members.count, spec.min_members);
    members.distinct = std::min(members.distinct, spec.min_members);
  }
  uint64_t hash = mix_hash(mix_hash(0, uint64_t{members.object} << 32 | members.next_label),
                           uint64_t{members.count} << 32 | members.distinct);
  hash = mix_hash(hash, uint64_t{members.stack} << 1 | (members.other ? 1 : 0));
  for (uint64_t word : members.seen) hash = mix_hash(hash, word);
  const auto next = static_cast<uint32_t>(members_.size());
  const uint32_t id =
      members_table_.find_or_add(hash, next, [&](uint32_t other) { return members_[other] == members; });
  if (id == next) {
    member_views_.push_back(view_of(members));
    members_.push_back(std::move(members));
  }
  return id;
}

bool Automaton::label_fits(const ObjectSpec& object, const Members& members, uint32_t label) const {
  const uint32_t depth = program_.rules[object.label_values[label]].depth;
  return depth != kNone && fits_depth(members.stack, depth + 1);
}

Automaton::MembersView Automaton::view_of(const Members& members) const {
  const ObjectSpec& object = program_.objects[members.object];
  if (!object.companions.empty()) return view_with_companions(object, members);
  MembersView view;
  view.allowed.assign(object.words(), 0);
  const auto is_open = [&](uint32_t label) {
    return object.any_order ? !test_bit(members.seen, label) : label >= members.next_label;
  };
  // In the schema's order nothing may pass over a required property, and other keys come last.
  uint32_t required_left = 0, open_left = 0;
  for (uint32_t label = 0; label < object.listed; ++label) {
    required_left += is_open(label) && object.is_required(label);
    open_left += is_open(label) && label_fits(object, members, label);
  }
  bool others_fit = false;
  for (uint32_t label = object.listed; label < object.labels(); ++label)
    others_fit |= label_fits(object, members, label);
  const uint32_t other_gain = others_fit && !members.other ? 1 : 0;
  const auto consider = [&](uint32_t label, uint32_t gain, uint32_t still_required, uint32_t still_open) {
    const bool is_too_many = object.max_members != kNone && members.count + 1 + still_required > object.max_members;
    if (is_too_many || members.distinct + gain + still_open < object.min_members) return;
    view.allowed[label / 64] |= uint64_t{1} << label % 64;
    view.any_allowed = true;
  };
  for (uint32_t label = 0; label < object.listed; ++label) {
    if (!is_open(label)) continue;
    const bool is_required = object.is_required(label);
    if (label_fits(object, members, label)) {
      // In any order the ones before stay open too.
      const uint32_t still_open = --open_left + other_gain;
      consider(label, 1, required_left - (is_required ? 1 : 0), still_open);
      if (object.any_order) ++open_left;
    }
    if (!object.any_order && is_required) break;
  }
  if (object.any_order || required_left == 0) {
    for (uint32_t label = object.listed; label < object.labels(); ++label) {
      if (label_fits(object, members, label)) {
        consider(label, members.other ? 0 : 1, required_left, object.any_order ? open_left : 0);
      }
    }
  }
  view.can_close = required_left == 0 && members.distinct >= object.min_members;
  return view;
}

/// The same for objects in which members ask for others. What is asked for includes what that asks for in turn, and the
/// program refuses lower bounds on the number of members beside it.
Automaton::MembersView Automaton::view_with_companions(const ObjectSpec& object, const Members& members) const {
  MembersView view;
  view.allowed.assign(object.words(), 0);
  const auto is_seen = [&](uint32_t label) { return test_bit(members.seen, label); };
  std::vector<uint64_t> wanted = object.required;
  for (uint32_t label = 0; label < object.listed; ++label) {
    for (uint32_t w = 0; is_seen(label) && w < object.words(); ++w)
      wanted[w] |= object.companions[label * object.words() + w];
  }
  // What still has to come if this label comes next: how many, or nothing where one of them cannot.
  const auto left_after = [&](uint32_t label) -> std::optional<uint32_t> {
    uint32_t left = 0;
    for (uint32_t other = 0; other < object.listed; ++other) {
      const bool is_wanted = test_bit(wanted, other) || (label < object.listed && object.is_companion(label, other));
      if (other == label || is_seen(other) || !is_wanted) continue;
      if ((!object.any_order && other < label) || !label_fits(object, members, other)) return std::nullopt;
      ++left;
    }
    return left;
  };
  for (uint32_t label = 0; label < object.labels(); ++label) {
    const bool is_listed = label < object.listed;
    const bool is_open = !is_listed || (!is_seen(label) && (object.any_order || label >= members.next_label));
    if (!is_open || !label_fits(object, members, label)) continue;
    const std::optional<uint32_t> left = left_after(label);
    if (!left || (object.max_members != kNone && members.count + 1 + *left > object.max_members)) continue;
    view.allowed[label / 64] |= uint64_t{1} << label % 64;
    view.any_allowed = true;
  }
  view.can_close = members.distinct >= object.min_members;
  for (uint32_t label = 0; label < object.listed; ++label) view.can_close &= is_seen(label) || !test_bit(wanted, label);
  return view;
}

}  // namespace vitrine::schema
