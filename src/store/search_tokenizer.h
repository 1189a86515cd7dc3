// How texts are cut into words for the search. Inside of store only.
#pragma once

struct sqlite3;

namespace vitrine::store {

/// Registers the tokenizer "vitrine" of FTS5 on a connection: unicode61 without diacritics, and beyond it
/// - characters of scripts that put no spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) are words of
///   their own, so that a run of them is found as a phrase;
/// - ß is ss;
/// - a Hebrew word is also found without the letters that may be put before it (ה, ו, ב, כ, ל, מ, ש), an Arabic one
///   without its article.
/// Errors: kIo where this SQLite has no FTS5.
void register_search_tokenizer(sqlite3* database);

}  // namespace vitrine::store
