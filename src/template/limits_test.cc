// Hostile templates and inputs end with a clear error, within bounds that do not depend on a clock.
#include <gtest/gtest.h>

#include "template/test_support.h"

namespace vitrine::templates {
namespace {

using ::testing::AssertionFailure;
using ::testing::AssertionResult;
using ::testing::AssertionSuccess;

std::string repeat(std::string_view text, size_t count) {
  std::string result;
  for (size_t i = 0; i < count; ++i) result += text;
  return result;
}

AssertionResult fails_with(const std::string& source, std::string_view part, const std::string& variables = "{}",
                           const Limits& limits = {}) {
  const std::string message = error_of(source, variables, limits);
  if (message.find(part) != std::string::npos) return AssertionSuccess();
  return AssertionFailure() << source.substr(0, 200) << "\ngives '" << message.substr(0, 300) << "', not '" << part
                            << "'";
}

TEST(TemplateLimits, EndlessLoopsRunOutOfWork) {
  EXPECT_TRUE(
      fails_with("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", "too much work"));
  EXPECT_TRUE(fails_with("{% for a in range(10 ** 9) %}x{% endfor %}", "range: it has too many numbers"));
  EXPECT_TRUE(fails_with("{% set x = range(1000) | list %}{% for a in range(99999) %}{% set y = x + x %}{% endfor %}",
                         "too much work"));
  EXPECT_TRUE(fails_with("{{ [0] * 10 ** 12 }}", "too much work"));
  EXPECT_TRUE(fails_with("{{ [1] | batch(10 ** 12, 'x') | list }}", "too much work"));
  EXPECT_TRUE(fails_with("{{ [1] | slice(10 ** 12) | list }}", "too much work"));
}

TEST(TemplateLimits, WorkIsCountedTheSameEachTime) {
  const std::string source = "{% for a in range(1000) %}{{ a | string | upper }}{% endfor %}";
  const uint64_t work = render_all(source, value_from_json("{}")).work;
  EXPECT_EQ(render_all(source, value_from_json("{}")).work, work);
  EXPECT_EQ(error_of(source, "{}", {.max_work = work}), "");
  EXPECT_TRUE(fails_with(source, "too much work", "{}", {.max_work = work - 1}));
}

TEST(TemplateLimits, GrowingTextIsStopped) {
  const std::string doubling = "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x ";
  EXPECT_TRUE(fails_with(doubling + "~ ns.x %}{% endfor %}", "gets too long"));
  EXPECT_TRUE(fails_with(doubling + "+ ns.x %}{% endfor %}", "gets too long"));
  EXPECT_TRUE(fails_with(doubling + "* 9 %}{% endfor %}", "gets too long"));
  EXPECT_TRUE(fails_with(doubling + "| replace('', ns.x) %}{% endfor %}", "gets too long"));
  EXPECT_TRUE(fails_with(doubling + "~ (ns.x | tojson | tojson) %}{% endfor %}", "gets too long"));
  EXPECT_TRUE(fails_with("{{ 'x' * 10 ** 12 }}", "gets too long"));
  EXPECT_TRUE(fails_with("{{ 'x'.center(10 ** 15) }}", "gets too long"));
  EXPECT_TRUE(fails_with("{{ 'x' | indent(10 ** 15, true) }}", "gets too long"));
  EXPECT_TRUE(fails_with("{{ [1] | tojson(indent=10 ** 15) }}", "gets too long"));
  EXPECT_TRUE(fails_with("{{ '%99999999999d' % 1 }}", "too large"));
  EXPECT_TRUE(fails_with("{{ '%.5000f' % 1.5 }}", "too large"));
  EXPECT_TRUE(fails_with("{{ '{:99999999999}'.format(1) }}", "too large"));
  EXPECT_TRUE(fails_with("{% for a in range(99999) %}0123456789{% endfor %}", "gets too long", "{}",
                         {.max_output_bytes = 1000}));
  EXPECT_EQ(error_of("{% for a in range(100) %}0123456789{% endfor %}", "{}", {.max_output_bytes = 1000}), "");
}

TEST(TemplateLimits, SharedPartsAreCountedEachTimeTheyAreWalked) {
  // Fifty levels of [x, x] are small in memory, and 2^50 items to show, write or compare.
  const std::string nested =
      "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(50) %}{% set ns.x = [ns.x, ns.x] %}"
      "{% set ns.y = [ns.y, ns.y] %}{% endfor %}";
  EXPECT_TRUE(fails_with(nested + "{{ ns.x }}", "too"));
  EXPECT_TRUE(fails_with(nested + "{{ ns.x | tojson }}", "too"));
  EXPECT_TRUE(fails_with(nested + "{{ ns.x == ns.y }}", "too much work"));
  EXPECT_TRUE(fails_with(nested + "{{ ns.x in [ns.y] }}", "too much work"));
  EXPECT_TRUE(fails_with(nested + "{{ ns.x < ns.y }}", "too much work"));
  EXPECT_TRUE(fails_with(nested + "{{ ns.x is sameas ns.y }}", "too much work"));
  const std::string tuples =
      "{% set ns = namespace(x=(1,)) %}{% for i in range(50) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}";
  EXPECT_TRUE(fails_with(tuples + "{{ {ns.x: 1} }}", "too much work"));
  EXPECT_TRUE(fails_with(tuples + "{{ [ns.x, ns.x] | unique | list }}", "too much work"));
  EXPECT_TRUE(fails_with(tuples + "{{ {}.get(ns.x) }}", "too much work"));
  EXPECT_TRUE(fails_with(tuples + "{{ {}[ns.x] }}", "too much work"));
  EXPECT_TRUE(fails_with(tuples + "{{ ns.x in {} }}", "too much work"));
  EXPECT_TRUE(fails_with(tuples + "{{ dict([(ns.x, 1)]) }}", "too much work"));
}

TEST(TemplateLimits, RecursionIsStopped) {
  EXPECT_TRUE(fails_with("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "nested too deep"));
  EXPECT_TRUE(
      fails_with("{% macro m(n) %}{% for i in [1] %}{% if true %}{{ m(n + 1) ~ 'x' }}{% endif %}{% endfor %}{% "
                 "endmacro %}{{ m(0) }}",
                 "nested too deep"));
  EXPECT_TRUE(
      fails_with("{% macro m() %}{{ caller() }}{% endmacro %}{% macro r() %}{% call m() %}{{ r() }}{% endcall %}{% "
                 "endmacro %}{{ r() }}",
                 "nested too deep"));
  EXPECT_TRUE(fails_with("{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}", "nested too deep"));
  EXPECT_TRUE(fails_with("{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}",
                         "nested too deep"));
  EXPECT_TRUE(
      fails_with("{% set ns = namespace(x={}) %}{% for i in range(9999) %}{% set ns.x = {'a': ns.x} %}{% endfor %}",
                 "nested too deep"));
  EXPECT_TRUE(
      fails_with("{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x.index] %}{% endfor %}",
                 "nested too deep"));
  EXPECT_TRUE(
      fails_with("{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% for j in [ns.l] %}{% set ns.l = loop %}{% "
                 "endfor %}{% endfor %}{{ ns.l }}",
                 ""));
}

TEST(TemplateLimits, ValuesThatHoldThemselvesAreLetGo) {
  // A leak here is for the sanitizers to find.
  EXPECT_EQ(render("{% set ns = namespace() %}{% set ns.x = [ns] %}{% for i in [1] %}{{ loop.changed(loop) }}{% set "
                   "ns.l = loop %}"
                   "{% macro m() %}{% endmacro %}{% set ns.m = m %}{% endfor %}"),
            "True");
  EXPECT_TRUE(
      fails_with("{% set ns = namespace() %}{% for i in [1] %}{% macro m() %}{{ i }}{% endmacro %}{% set ns.m = m %}{% "
                 "endfor %}{{ ns.m() }}",
                 "after the block that defines it has ended"));
}

TEST(TemplateLimits, DeepNestingInTheTemplateIsRefused) {
  for (const size_t count : {200u, 80000u}) {
    EXPECT_TRUE(fails_with("{{ " + repeat("(", count) + "1" + repeat(")", count) + " }}", "nested too deep"));
    EXPECT_TRUE(fails_with("{{ " + repeat("[", count) + repeat("]", count) + " }}", "nested too deep"));
    EXPECT_TRUE(fails_with("{{ " + repeat("{1:", count) + "1" + repeat("}", count) + " }}", "nested too deep"));
    EXPECT_TRUE(fails_with("{{ " + repeat("not ", count) + "1 }}", "nested too deep"));
    EXPECT_TRUE(fails_with("{{ " + repeat("- ", count) + "1 }}", "nested too deep"));
    EXPECT_TRUE(fails_with("{{ " + repeat("1 if 0 else ", count) + "1 }}", "nested too deep"));
    EXPECT_TRUE(fails_with("{{ " + repeat("x[", count) + "1" + repeat("]", count) + " }}", "nested too deep"));
    EXPECT_TRUE(fails_with("{{ " + repeat("f(", count) + repeat(")", count) + " }}", "nested too deep"));
    EXPECT_TRUE(fails_with("{% set " + repeat("(", count) + "x" + repeat(")", count) + " = 1 %}", "nested too deep"));
  }
  for (const char* piece : {"+ 1 ", "* 1 ", "** 1 ", "| int ", ".a", "()"}) {
    EXPECT_TRUE(fails_with("{{ 1 " + repeat(piece, 30000) + "}}", "too many levels"));
  }
  EXPECT_TRUE(fails_with(repeat("{% if 1 %}", 1000) + repeat("{% endif %}", 1000), "nested too deep"));
  EXPECT_TRUE(fails_with(repeat("{% for a in b %}", 40000), "nested too deep"));
  // Long, but not deep.
  EXPECT_EQ(render("{{ 'a' " + repeat("~ 'a' ", 5000) + "}}").size(), 5001u);
  EXPECT_EQ(render("{% if 0 %}" + repeat("{% elif 0 %}", 5000) + "{% else %}x{% endif %}"), "x");
  EXPECT_EQ(render("{{ 1 " + repeat("and 1 ", 5000) + "}}"), "1");
}

TEST(TemplateLimits, LongTemplatesAreRefused) {
  EXPECT_TRUE(fails_with(repeat("{{ a }} ", 10u << 17), "too long"));
  EXPECT_EQ(render(repeat("{{ 1 }}", 100000)).size(), 100000u);
}

TEST(TemplateLimits, HugeNumbersAreRefusedAndNotWrapped) {
  EXPECT_TRUE(fails_with("{{ 9223372036854775807 + 1 }}", "beyond 64 bits"));
  EXPECT_TRUE(fails_with("{{ -9223372036854775807 - 2 }}", "beyond 64 bits"));
  EXPECT_TRUE(fails_with("{{ 10 ** 30 }}", "beyond 64 bits"));
  EXPECT_TRUE(fails_with("{{ (0 - 9223372036854775807 - 1) // -1 }}", "beyond 64 bits"));
  EXPECT_TRUE(fails_with("{{ -(0 - 9223372036854775807 - 1) }}", "beyond 64 bits"));
  EXPECT_TRUE(fails_with("{{ (0 - 9223372036854775807 - 1) | abs }}", "beyond 64 bits"));
  EXPECT_TRUE(fails_with("{{ 2 ** 10 ** 18 }}", "beyond 64 bits"));
  EXPECT_EQ(render("{{ 1 ** 10 ** 18 }}{{ (0 - 9223372036854775807 - 1) % -1 }}"), "10");
  EXPECT_EQ(render("{{ 'abc'[9223372036854775807:] }}{{ 'abc'[-9223372036854775807:2:9223372036854775807] }}"), "a");
  EXPECT_EQ(render("{{ range(9223372036854775807, 9223372036854775806, -1) | list }}"), "[9223372036854775807]");
  EXPECT_TRUE(fails_with("{{ " + repeat("9", 100000) + " }}", "too long"));
  EXPECT_EQ(render("{{ 1234 | round(-99) }}{{ 1e308 | round(-400) }}"), "00.0");
}

TEST(TemplateLimits, UnterminatedTagsNameTheirLine) {
  for (const char* tail : {"{{", "{{ 1", "{%", "{% if", "{% if 1", "{#", "{{ 'a", "{{ (", "{% raw %}", "{% if 1 %}",
                           "{{ 1 %}", "{% 1 }}"}) {
    EXPECT_TRUE(fails_with(std::string("first\nsecond ") + tail, "template line 2: ")) << tail;
  }
}

TEST(TemplateLimits, ErrorsNameTheLineThatFails) {
  EXPECT_TRUE(fails_with("a\nb\n{% set x = 1 %}\n{{ x.y.z }}\n", "template line 4: "));
  EXPECT_TRUE(fails_with("{% for m in [1] %}\n\n{{ raise_exception('no way') }}{% endfor %}",
                         "template line 3: the template refuses this: no way"));
  EXPECT_TRUE(
      fails_with("{% macro m() %}\n{{ 1 / 0 }}\n{% endmacro %}\n\n{{ m() }}", "template line 2: division by zero"));
  EXPECT_TRUE(fails_with("\n\n{{ missing + 1 }}", "template line 3: 'missing' is undefined"));
}

TEST(TemplateLimits, SlowTextOperationsAreCharged) {
  const std::string big = "{% set s = 'ab' * 1000000 %}";
  EXPECT_TRUE(fails_with(big + "{% for i in range(100000) %}{% set t = s.find('c') %}{% endfor %}", "too much work"));
  EXPECT_TRUE(fails_with(big + "{% for i in range(100000) %}{% set t = s.split('c') %}{% endfor %}", "too much work"));
  EXPECT_TRUE(fails_with(big + "{% for i in range(100000) %}{% set t = s == s ~ 'x' %}{% endfor %}", "too much work"));
  EXPECT_TRUE(fails_with(big + "{% for i in range(100000) %}{% set t = s[1:] %}{% endfor %}", "too much work"));
  EXPECT_TRUE(fails_with(big + "{% for i in range(100000) %}{% set t = 'c' in s %}{% endfor %}", "too much work"));
  EXPECT_TRUE(fails_with(big + "{{ s | list }}{{ s | list }}", "too much work"));
  EXPECT_TRUE(fails_with(big + "{{ s.strip('a' * 1000000) }}{{ s.strip('ba') }}{{ s.strip('ab' * 1000000) }}",
                         "too much work"));
}

TEST(TemplateLimits, InputThatIsNoDictIsRefused) {
  EXPECT_THROW(Template::parse("x").render(Value::none()), Error);
  EXPECT_THROW(Template::parse("x").render(value_from_json("[1]")), Error);
}

TEST(TemplateLimits, UnsupportedStatementsAreNamed) {
  for (const char* tag :
       {"include 'x'", "import 'x' as y", "from 'x' import y", "extends 'x'", "block a", "autoescape true"}) {
    try {
      Template::parse("\n{% " + std::string(tag) + " %}");
      ADD_FAILURE() << tag;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      EXPECT_NE(error.message().find("template line 2"), std::string::npos) << error.message();
    }
  }
}

}  // namespace
}  // namespace vitrine::templates
