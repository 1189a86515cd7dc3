#include "kernels/cpu/amx_tiles.h"

#if defined(__x86_64__) && defined(__linux__)

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernels/cpu/emulated_tiles.h"

namespace vitrine::kernels::cpu {
namespace {

/// ARCH_REQ_XCOMP_PERM for the state component of the tile data. Source: Linux, Documentation/arch/x86/xstate.rst.
[[maybe_unused]] bool may_use_tiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

struct Abilities {
  bool int8 = false, bf16 = false;
};

#if defined(VITRINE_EMULATE_TILES)
Abilities find_abilities() {
  return {.int8 = __builtin_cpu_supports("avx512bw") != 0, .bf16 = __builtin_cpu_supports("avx512bf16") != 0};
}
#else
Abilities find_abilities() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return {};
  const bool has_bf16 = d >> 22 & 1, has_tiles = d >> 24 & 1, has_int8 = d >> 25 & 1;
  if (!has_tiles || !__builtin_cpu_supports("avx512bw") || !may_use_tiles()) return {};
  return {.int8 = has_int8, .bf16 = has_bf16 && __builtin_cpu_supports("avx512bf16")};
}
#endif

const Abilities& abilities() {
  static const Abilities found = find_abilities();
  return found;
}

}  // namespace

bool has_amx_int8() { return abilities().int8; }
bool has_amx_bf16() { return abilities().bf16; }

#if defined(VITRINE_EMULATE_TILES)
EmulatedTiles& emulated_tiles() {
  static thread_local EmulatedTiles tiles;
  return tiles;
}
void load_tile_config(const TileConfig& config) { emulated_tiles().config = config; }
void release_tiles() {}
#else
void load_tile_config(const TileConfig& config) {
  asm volatile("ldtilecfg %0" ::"m"(config));  // GCC's intrinsic tells of eight bytes only
}

void release_tiles() { asm volatile("tilerelease"); }
#endif

}  // namespace vitrine::kernels::cpu

#else

namespace vitrine::kernels::cpu {

bool has_amx_int8() { return false; }
bool has_amx_bf16() { return false; }
void load_tile_config(const TileConfig&) {}
void release_tiles() {}

}  // namespace vitrine::kernels::cpu

#endif
