// Reading characters inside one text, string or key, with what its node says looked up once.
#pragma once

#include <array>

#include "schema/automaton.h"

namespace vitrine::schema {

/// Does what Automaton::read_character_byte() and first_bytes_of() do, for places of one node, in less time.
/// Belongs to one walk: the automaton may not grow languages meanwhile.
class CharacterReader {
 public:
  CharacterReader(const Automaton& automaton, const Place& place)
      : automaton_(automaton), language_(automaton.language_of(place)) {
    const Program& program = automaton.program();
    const Node& node = program.nodes[place.node];
    is_text_ = node.op == Node::Op::kText;
    is_key_ = node.op == Node::Op::kKey;
    if (node.op == Node::Op::kString) bounds_ = &program.strings[node.x];
  }

  bool is_text() const { return is_text_; }

  /// Reads one byte (not a closing quote). Returns false where it is refused.
  [[gnu::always_inline]] bool read(Place& place, uint8_t byte) const {
    const bool is_itself = byte < 0x80 && (is_text_ || (byte >= 0x20 && byte != '\\' && byte != '"'));
    if (place.partial != 0 || !is_itself) {
      if (place.partial == 0 && byte >= 0x80 && !language_.uses_non_ascii()) return false;
      return automaton_.read_character_byte(place, byte);
    }
    if (bounds_ != nullptr && place.count >= bounds_->max_length) return false;
    const uint32_t next = language_.step(place.progress, byte);
    if (next == Dfa::kDead || (is_key_ && !automaton_.key_can_reach(place, next))) return false;
    place.progress = next;
    if (bounds_ != nullptr && place.count < (bounds_->max_length == kNone ? bounds_->min_length : kNone)) ++place.count;
    return true;
  }

  /// Returns the bytes that a place between characters may read; some of them may turn out to be refused.
  const ByteSet& first_bytes(const Place& place) {
    Known& known = known_[place.progress % known_.size()];
    if (known.progress != place.progress) known = {place.progress, automaton_.first_bytes_of(place)};
    return known.bytes;
  }

 private:
  struct Known {
    uint32_t progress = kNone;
    ByteSet bytes;
  };

  const Automaton& automaton_;
  const Dfa& language_;
  const StringSpec* bounds_ = nullptr;
  bool is_text_ = false, is_key_ = false;
  std::array<Known, 8> known_;
};

}  // namespace vitrine::schema
