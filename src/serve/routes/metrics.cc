#include <fmt/format.h>

#include "serve/routes/catalog.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

void metric(std::string& out, std::string_view kind, std::string_view name, std::string_view help, int64_t value) {
  out += fmt::format("# HELP vitrine_{0} {1}\n# TYPE vitrine_{0} {2}\nvitrine_{0} {3}\n", name, help, kind, value);
}

void show_metrics(Call& call) {
  std::string out;
  call.services.metrics.write(out);
  const ServerStatistics statistics = call.services.server.statistics();
  metric(out, "gauge", "connections", "Open connections.", statistics.open_connections);
  metric(out, "counter", "connections_accepted_total", "Connections accepted so far.", statistics.accepted_connections);
  metric(out, "counter", "connections_refused_total", "Connections closed at once, as there were too many.",
         statistics.refused_connections);
  int64_t active = 0, loaded = 0;
  for (const ModelEntry& entry : call.services.hub.list())
    if (entry.loaded && entry.parent.empty()) {
      ++loaded;
      active += entry.loaded->num_active();
    }
  metric(out, "gauge", "models_loaded", "Models in memory.", loaded);
  metric(out, "gauge", "generations_active", "Texts that are written or wait.", active);
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
