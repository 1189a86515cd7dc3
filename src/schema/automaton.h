// A program made deterministic while it runs: states are sets of places, found when they are first reached.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "schema/byte_class.h"
#include "schema/interner.h"
#include "schema/program.h"

namespace vitrine::schema {

using StateId = uint32_t;

/// One place in a program: a node with its stack of callers, and how far it has read.
struct Place {
  uint32_t stack = 0;
  NodeId node = kNone;    ///< kNone: the end of the whole text
  uint32_t progress = 0;  ///< kText, kString, kKey: state of the language, kNone before the quote. kNumber: its state
  uint32_t count = 0;     ///< kString: characters. Inside objects: members so far. Inside arrays: items so far
  uint32_t partial = 0;   ///< bytes of a character that is not whole

  friend bool operator==(const Place&, const Place&) = default;
};

/// The bytes that a state may read; some of them may turn out to be refused.
struct ByteSet {
  std::array<uint64_t, 4> bits{};
  void add(uint8_t byte) { bits[byte >> 6] |= uint64_t{1} << (byte & 63); }
  bool has(uint8_t byte) const { return (bits[byte >> 6] >> (byte & 63) & 1) != 0; }
  void add(const ByteSet& other) {
    for (size_t i = 0; i < 4; ++i) bits[i] |= other.bits[i];
  }
};

/// The deterministic form of one program. Belongs to one request: it grows with what that request reads.
class Automaton {
 public:
  static constexpr StateId kDead = 0;

  explicit Automaton(const Program& program);

  StateId start() const { return start_; }
  /// Returns the state after one byte, kDead where it is refused.
  /// Errors: kUnsupported where a grammar is so ambiguous that a state would have too many places.
  StateId step(StateId state, uint8_t byte);
  bool is_complete(StateId state) const { return states_[state].is_complete; }
  /// Tells whether the text is complete and nothing but JSON's white space may follow.
  bool is_finished(StateId state) const;
  std::span<const Place> places(StateId state) const {
    return {places_.data() + states_[state].begin, places_.data() + states_[state].end};
  }
  const ByteSet& first_bytes(StateId state) const { return states_[state].first_bytes; }
  /// Returns the bytes that a place may read; some of them may turn out to be refused.
  ByteSet first_bytes_of(const Place& place) const;
  /// Returns the state of a single place.
  StateId state_of(const Place& place) { return intern(std::span(&place, 1)); }

  const Program& program() const { return program_; }
  /// Returns the state after the closing quote of a string or key, kDead where it may not stand here.
  StateId close_quote(const Place& place);
  /// Returns the state of what may come after a text that ends here, kDead where it may not end.
  StateId leave_text(const Place& place);
  /// Returns the state that is at a place and in a state at once.
  StateId united(const Place& place, StateId state);
  /// Returns the state that is in all of these at once.
  StateId united(std::span<const StateId> states);
  /// Reads one byte inside a text, string or key (not its closing quote). Returns false where it is refused.
  bool read_character_byte(Place& place, uint8_t byte) const;
  const Dfa& language_of(const Place& place) const;
  /// Tells whether a string, key or text at this place is past its opening quote.
  bool is_inside(const Place& place) const;
  /// Tells whether a key may go on from this state of the keys' language.
  bool key_can_reach(const Place& place, uint32_t key_state) const;
  /// Returns how many more characters this string may have; kNone where there is no bound.
  uint32_t room(const Place& place) const;

 private:
  struct Frame {
    uint32_t parent, node, count, depth;
    friend bool operator==(const Frame&, const Frame&) = default;
  };
  /// The members of an object so far.
  struct Members {
    uint32_t object = 0;
    uint32_t next_label = 0;  ///< in the schema's order: the first listed property that may still come
    uint32_t count = 0;
    uint32_t distinct = 0;  ///< at least so many keys differ
    bool other = false;     ///< there was a key that is not listed
    uint32_t stack = 0;     ///< bounds how deep values may go
    std::vector<uint64_t> seen;
    friend bool operator==(const Members&, const Members&) = default;
  };
  /// What follows from them.
  struct MembersView {
    std::vector<uint64_t> allowed;
    bool any_allowed = false;
    bool can_close = false;
  };
  struct State {
    uint32_t begin, end;
    bool is_complete;
    ByteSet first_bytes;
  };

  StateId intern(std::span<const Place> places);
  bool read_whole(Place& place, uint32_t character, const Dfa& language, const StringSpec* bounds) const;
  uint32_t push_frame(uint32_t parent, NodeId node, uint32_t count);
  uint32_t intern_number(const NumberState& state);
  uint32_t intern_members(Members members);
  uint32_t initial_members(uint32_t object, uint32_t stack);
  uint32_t members_with(uint32_t id, uint32_t label);
  MembersView view_of(const Members& members) const;
  MembersView view_with_companions(const ObjectSpec& object, const Members& members) const;
  bool label_fits(const ObjectSpec& object, const Members& members, uint32_t label) const;
  bool fits_depth(uint32_t stack, uint32_t depth) const;

  /// Follows what reads nothing from a place and collects the places that read.
  void close_over(Place place);
  void close_over_one(const Place& place);
  void add_place(const Place& place);
  void visit(Place place);
  void read_byte(const Place& place, uint8_t byte);
  void read_number_byte(Place place, uint8_t byte);
  StateId finish_state();
  void add_language_bytes(const Place& place, ByteSet& bytes) const;

  const Program& program_;
  StateId start_ = kDead;
  std::vector<State> states_;
  std::vector<Place> places_;
  std::vector<Frame> frames_;
  std::vector<NumberState> numbers_;
  std::vector<Members> members_;
  std::vector<MembersView> member_views_;
  Interner state_table_, frame_table_, number_table_, members_table_;
  NumberMap<StateId> transitions_;  ///< state and byte -> state
  // Scratch of one step.
  std::vector<Place> pending_, found_;
  bool found_end_ = false;
};

}  // namespace vitrine::schema
