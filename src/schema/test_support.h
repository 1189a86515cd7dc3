// What the tests of this folder share: whole texts against a grammar, and a mask made token by token.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "support/schema_sampler.h"

namespace vitrine::schema {

/// Tells whether a grammar takes a text as a whole, byte by byte.
inline bool takes(const Grammar& grammar, std::string_view text) {
  Matcher matcher(grammar, small_vocabulary());
  return matcher.accept_bytes(text) && matcher.is_complete();
}

/// Tells whether some text of a grammar begins so.
inline bool begins(const Grammar& grammar, std::string_view text) {
  return Matcher(grammar, small_vocabulary()).accept_bytes(text);
}

/// Checks each bit of the mask against trying the token.
inline void expect_mask_is_brute_force(Matcher& matcher, const std::string& where) {
  std::vector<uint64_t> mask(small_vocabulary().mask_words());
  matcher.mask(mask);
  for (TokenId token = 0; token < small_vocabulary().size(); ++token) {
    const bool is_taken = matcher.accept(token);
    if (is_taken) matcher.rollback(1);
    ASSERT_EQ(is_set(mask, token), is_taken) << where << " token " << token << " '" << small_tokens()[token] << "'";
  }
}

/// Returns a text drawn by the masks; fails the test where there was a dead end, or no end.
inline std::string sample(Matcher& matcher, std::mt19937_64& random, size_t budget) {
  std::string text;
  const SampleEnd end = sample_text(matcher, random, budget, text);
  EXPECT_EQ(end, SampleEnd::kWhole) << "after " << text.substr(0, 300);
  return text;
}

}  // namespace vitrine::schema
