// The synthetic world: coherent simple English of unlimited size, a pure function of seed, level and index.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/conversation.h"
#include "data/synth/lexicon.h"
#include "data/synth/parser.h"

namespace vitrine::data {

/// What world is written.
struct WorldOptions {
  uint64_t seed = 1;
  Level level = Level::kFull;
};

/// Reads a level's name. Errors: kInvalidArgument unless it is small or full.
Level level_from_name(std::string_view name);

/// Makes training document `index`. Threads: safe.
Document make_document(const WorldOptions& options, uint64_t index);

/// Returns the names of the document kinds of a level, as they stand in Document::kind.
std::vector<std::string> kind_names(Level level);

/// Checks text sentence by sentence under the grammar of a level. Threads: safe.
ParseReport check_text(Level level, std::string_view text);

/// Returns the words that users and assistant say in a document (or its text), a line a message: what check_text reads.
std::string spoken_text(const Document& document);

}  // namespace vitrine::data
