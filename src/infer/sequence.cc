#include "infer/sequence.h"

#include <algorithm>
#include <cstring>

namespace vitrine::infer {

std::vector<int32_t> flat_ids(const Request& request) {
  std::vector<int32_t> ids;
  for (const Segment& segment : request.segments) {
    if (segment.rows.defined())
      ids.resize(ids.size() + static_cast<size_t>(segment.rows.shape()[0]), 0);
    else
      ids.insert(ids.end(), segment.ids.begin(), segment.ids.end());
  }
  return ids;
}

Sequence::Sequence(Request given) : request(std::move(given)), sampler(request.sampling), ids(flat_ids(request)) {
  std::vector<float> values;
  int64_t width = 0;
  for (const Segment& segment : request.segments) {
    if (!segment.rows.defined()) {
      for (const int32_t id : segment.ids) keys.push_back(key_of_token(id));
      continue;
    }
    width = segment.rows.shape()[1];
    for (int64_t row = 0; row < segment.rows.shape()[0]; ++row) {
      const std::span<const float> floats(segment.rows.f32() + row * width, static_cast<size_t>(width));
      row_positions.push_back(static_cast<int64_t>(keys.size()));
      keys.push_back(key_of_row(floats));
      values.insert(values.end(), floats.begin(), floats.end());
    }
  }
  if (!row_positions.empty()) rows = Tensor::from_floats({static_cast<int64_t>(row_positions.size()), width}, values);
  sampler.observe(ids);
  done.prompt_tokens = length();
}

int64_t Sequence::cacheable() const {
  int64_t limit = length() - 1;  // its logits are what comes next
  if (!was_admitted && request.score_from >= 0) limit = std::min(limit, std::max<int64_t>(request.score_from - 1, 0));
  if (!was_admitted && request.hidden == HiddenStates::kAll) limit = 0;
  return limit;
}

void Sequence::append(int32_t token) {
  ids.push_back(token);
  keys.push_back(writes_otherwise ? key_of_written_token(token) : key_of_token(token));
}

}  // namespace vitrine::infer
