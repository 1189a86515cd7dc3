// What stands at a position, as far as cached keys and values depend on it: a token, or an embedding row.
#pragma once

#include <cstdint>
#include <span>

namespace vitrine::infer {

/// A token's id, or the hash of an embedding row with the top bit set. 63 bits of XXH3: equal rows give equal keys, and
/// different ones differ as surely as hashes do.
using TokenKey = uint64_t;

inline TokenKey key_of_token(int32_t id) { return static_cast<TokenKey>(static_cast<uint32_t>(id)); }
/// Of a token that was written, where prompts are rounded otherwise: its keys and values do not serve a prompt.
inline TokenKey key_of_written_token(int32_t id) { return key_of_token(id) | TokenKey{1} << 32; }
TokenKey key_of_row(std::span<const float> row);

}  // namespace vitrine::infer
