#include "cli/resume_command.h"

#include <fmt/format.h>

namespace vitrine::cli {

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+,:=@%";  // what no shell treats specially
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string word = "'";
  for (const char letter : text) letter == '\'' ? word += "'\\''" : word += letter;
  return word + "'";
}

std::string resume_command(const ParsedOptions& options, const std::string& checkpoint, const std::string& data,
                           const std::string& out) {
  const std::string from = checkpoint.empty() ? "" : " " + shell_word(checkpoint);
  const std::string kernels = options.given("kernels") ? " --kernels " + shell_word(options.text("kernels")) : "";
  return fmt::format("vitrine train pretrain --resume{} --data {} --out {}{}", from, shell_word(data), shell_word(out),
                     kernels);
}

}  // namespace vitrine::cli
