// The words of a level: classes, inflected forms, and the tokens that they are written with.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vitrine::data {

/// How rich the language is: some 300 words for the quickest model, or everything.
enum class Level { kSmall, kFull };

using WordId = uint16_t;
using FormId = uint32_t;
inline constexpr WordId kNoWord = 0xFFFF;
inline constexpr FormId kNoToken = 0xFFFFFFFF;

/// Position of a word class in the lexicon's list of class names; classes are named by the word tables.
using ClassId = uint8_t;
inline constexpr ClassId kNoClass = 0xFF;

/// The shapes that a word takes in a sentence.
enum class Form : uint8_t {
  kBase,
  kPlural,  ///< nouns: apples
  kThird,   ///< verbs: gives
  kPast,    ///< verbs: gave
  kIng,     ///< verbs: giving
  kIn,      ///< places: in the park
  kTo,      ///< places: to the park
  kMore,    ///< adjectives: bigger
  kMost,    ///< adjectives: biggest
  kHe,      ///< pronouns, by gender
  kHim,
  kHis,
  kDigits,  ///< whole numbers
  kCount,
};

/// Grammatical gender; kThing is spoken of as "it".
enum class Gender : uint8_t { kNone, kMale, kFemale, kThing };

struct Word {
  std::string text;
  ClassId word_class = kNoClass;
  Gender gender = Gender::kThing;
  int64_t value = 0;       ///< of number words
  WordId group = kNoWord;  ///< the word of class `group` under which the table lists it (toy, fruit …)
  std::array<std::vector<FormId>, static_cast<size_t>(Form::kCount)> forms;
};

/// One way to write a word: what a parser finds at a token.
struct Surface {
  WordId word;
  Form form;
};

/// The words of one level, and the interned tokens of everything that may be written.
/// Threads: const after construction.
class Lexicon {
 public:
  explicit Lexicon(Level level);

  const Word& word(WordId id) const { return words_[id]; }
  size_t num_words() const { return words_.size(); }
  /// Returns the class with this name. Errors: kInternal for an unknown name.
  ClassId class_id(std::string_view name) const;
  std::string_view class_name(ClassId id) const { return class_names_[id]; }
  std::span<const WordId> words_of(ClassId id) const { return words_by_class_[id]; }
  /// Returns the word of a class with this base form, or kNoWord.
  WordId find(ClassId id, std::string_view text) const;
  /// Returns the words of a class that the table lists under a group.
  std::vector<WordId> words_in_group(ClassId id, std::string_view group) const;
  /// Returns the word of class `relation` that the fact table gives a word (sound of dog: bark), or kNoWord.
  WordId fact(ClassId relation, WordId subject) const;

  /// Returns the words of a class that the tables say fit a key (weather of winter: frosty …); empty for other keys.
  std::span<const WordId> fitting(ClassId id, std::string_view key) const;

  FormId intern(std::string_view text);
  FormId find_token(std::string_view text) const;
  const std::string& token_text(FormId id) const { return tokens_[id]; }
  size_t num_tokens() const { return tokens_.size(); }
  /// Returns the words that can begin at a token.
  std::span<const Surface> surfaces_at(FormId id) const;

 private:
  void read_table(std::string_view table, Level level);
  void read_line(std::string_view line, Level level);
  void read_facts(std::string_view head, const std::vector<std::string_view>& entries);
  void read_fits(std::string_view head, const std::vector<std::string_view>& entries, Level level);
  void add_word(std::string_view entry, ClassId id, WordId group, std::string_view options);
  void add_form(WordId id, Form form, const std::string& text);
  ClassId class_for(std::string_view name);

  std::vector<Word> words_;
  std::vector<std::string> class_names_;
  std::vector<std::vector<WordId>> words_by_class_;
  std::vector<std::string> tokens_;
  std::unordered_map<std::string, FormId> token_ids_;
  std::vector<std::vector<Surface>> surfaces_;
  std::unordered_map<std::string, std::vector<WordId>> fits_;  ///< by class name and key
  std::unordered_map<uint32_t, WordId> facts_;  ///< by class and subject
};

/// Splits text into words, numbers and punctuation marks: "Tom's ball." gives Tom, 's, ball and a full stop.
std::vector<std::string_view> split_tokens(std::string_view text);

}  // namespace vitrine::data
