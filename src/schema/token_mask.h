// Which tokens may come next in a state of an automaton.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "schema/automaton.h"
#include "schema/character_reader.h"
#include "schema/vocabulary.h"

namespace vitrine::schema {

/// Makes masks for the states of one automaton, and keeps those that it made. Belongs to one request.
/// A mask is a base (tokens that stay among characters which a text goes on with, known from the vocabulary's tables)
/// and a list of other tokens, found by walking the tree of tokens beside the automaton.
class MaskMaker {
 public:
  MaskMaker(Automaton& automaton, const Vocabulary& vocabulary);

  /// Writes the mask of a state. Without the end tokens: those are the matcher's.
  void write(StateId state, std::span<uint64_t> mask);

 private:
  /// A mask as it is kept: base, and tokens_[begin..end) beside it.
  struct Kept {
    const uint64_t* base = nullptr;
    uint32_t begin = 0, end = 0;
  };
  /// A text that goes on among some classes of characters.
  struct Run {
    ByteClasses first = 0, rest = 0;  ///< tokens of these, as Vocabulary::fill_mask() has them, are in the base
    ByteClasses exits = 0;            ///< what else may be read on the way
    uint32_t characters = 0;          ///< how many characters of a token the base covers; 0 where there is no base
    bool is_bounded = false;          ///< no more characters of the run can come than those

    friend bool operator==(const Run&, const Run&) = default;
  };
  /// The classes of characters that lead on from a state of a language: all of their members, or some.
  struct StateClasses {
    ByteClasses whole = 0, touched = 0;
  };
  struct Base {
    Run run;
    std::unique_ptr<uint64_t[]> mask;
  };

  Kept make(StateId state);
  StateId representative(StateId state);
  void collect(StateId state);
  void collect_place(const Place& place);
  void walk_closings();
  void collect_universal(const Place& place);
  void collect_escapes(Place place, uint32_t fewest, uint32_t most);
  /// Sets the tree to walk to one of what follows a mark, with bounds on the characters before it.
  void begin_marked(const TokenTrie& trie, uint32_t fewest, uint32_t most);
  void end_marked();
  void collect_escape(const Place& place);
  Run run_from(const Place& place);
  /// Returns the classes of which every character leads from one state to another.
  ByteClasses classes_into(const Place& place, uint32_t from, uint32_t to) const;
  bool find_loop(const Place& place, Run& run);
  void measure_run(const Place& place, Run& run);
  StateClasses classes_of_state(const Place& place, uint32_t state);
  void add_base(const Run& run);
  void add_ready_base(const uint64_t* base);
  const uint64_t* base_of(const Run& run);

  void walk(uint32_t node, StateId state);
  void walk_byte(uint32_t child, StateId state);
  void walk_root(StateId state);
  void walk_from(uint32_t node, StateId state);
  void walk_characters(CharacterReader& reader, uint32_t node, const Place& place, const Run& run, uint32_t characters,
                       bool is_in_run);
  void walk_character(CharacterReader& reader, uint32_t child, const Place& place, const Run& run, uint32_t characters,
                      bool is_in_run);
  void leave_and_walk(CharacterReader& reader, uint32_t child, const Place& place, const Run& run, uint32_t characters,
                      bool is_in_run);
  void add_tokens(uint32_t node);

  Automaton& automaton_;
  const Vocabulary& vocabulary_;
  uint32_t longest_;  ///< characters of the longest token
  NumberMap<Kept> kept_;
  NumberMap<StateClasses> state_classes_;
  std::vector<TokenId> tokens_;
  std::vector<Base> bases_;
  std::vector<std::unique_ptr<uint64_t[]>> own_masks_;  ///< bases that belong to one kept mask

  // Of the walk at hand: the tree, the base, and for the trees of what follows a mark the bounds on what precedes it.
  const TokenTrie* trie_;
  const uint64_t* base_ = nullptr;
  std::vector<const uint64_t*> added_bases_;  ///< what base_ is made of
  std::vector<StateId> closings_;             ///< behind the quotes of strings that were collected
  bool has_escapes_ = false;                  ///< the escapes of such a string were
  bool is_marked_ = false;
  uint32_t fewest_before_ = 0, most_before_ = 0;
};

}  // namespace vitrine::schema
