#include <fmt/format.h>

#include "serve/routes/catalog.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

void gauge(std::string& out, std::string_view name, std::string_view help, int64_t value) {
  out += fmt::format("# HELP vitrine_{0} {1}\n# TYPE vitrine_{0} gauge\nvitrine_{0} {2}\n", name, help, value);
}

void show_metrics(Call& call) {
  std::string out;
  call.services.metrics.write(out);
  const ServerStatistics statistics = call.services.server.statistics();
  gauge(out, "connections", "Open connections.", statistics.open_connections);
  gauge(out, "connections_accepted", "Connections accepted so far.", statistics.accepted_connections);
  gauge(out, "connections_refused", "Connections closed at once, as there were too many.",
        statistics.refused_connections);
  int64_t active = 0, loaded = 0;
  for (const ModelEntry& entry : call.services.hub.list())
    if (entry.loaded) {
      ++loaded;
      active += entry.loaded->num_active;
    }
  gauge(out, "models_loaded", "Models in memory.", loaded);
  gauge(out, "generations_active", "Texts that are written or wait.", active);
  call.responder->send({.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = std::move(out)});
}

}  // namespace

std::vector<Route> routes::metrics() {
  return {{.method = "GET",
           .path = "/metrics",
           .summary = "Counters in Prometheus' format",
           .handle = show_metrics,
           .content_type = "text/plain"}};
}

}  // namespace vitrine::serve
