// Source: BIPM, The International System of Units, 9th edition; the international yard and pound of 1959.
#include "exact/unit_table.h"

namespace vitrine::exact {
namespace {

constexpr auto kMetric = PrefixRule::kMetric;
constexpr auto kNone = PrefixRule::kNone;

constexpr Dimension kNumber{}, kLength{1}, kMass{0, 1}, kTime{0, 0, 1}, kTemperature{0, 0, 0, 0, 1};
constexpr Dimension kArea{2}, kVolume{3}, kSpeed{1, 0, -1}, kFrequency{0, 0, -1}, kForce{1, 1, -2}, kEnergy{2, 1, -2};
constexpr Dimension kPressure{-1, 1, -2}, kPower{2, 1, -3}, kCurrent{0, 0, 0, 1}, kCharge{0, 0, 1, 1};
constexpr Dimension kDose{2, 0, -2}, kLuminous{0, 0, 0, 0, 0, 0, 1};

// clang-format off
constexpr UnitRow kUnits[] = {
    {"%", "percent", "percent", kNumber, "1/100"},
    // length
    {"m", "metre|meter", "metres|meters", kLength, "1", kMetric},
    {"in", "inch", "inches", kLength, "0.0254"},
    {"ft", "foot", "feet", kLength, "0.3048"},
    {"yd", "yard", "yards", kLength, "0.9144"},
    {"mi", "mile", "miles", kLength, "1609.344"},
    {"nmi", "", "", kLength, "1852"},
    // area and volume
    {"ha", "hectare", "hectares", kArea, "10000"},
    {"acre", "acre", "acres", kArea, "4046.8564224"},
    {"l|L", "litre|liter", "litres|liters", kVolume, "0.001", kMetric},
    // mass
    {"g", "gram|gramme", "grams|grammes", kMass, "0.001", kMetric},
    {"t", "tonne", "tonnes", kMass, "1000"},
    {"lb|lbs", "pound", "pounds", kMass, "0.45359237"},
    {"oz", "ounce", "ounces", kMass, "0.028349523125"},
    // time
    {"s", "second", "seconds", kTime, "1", kMetric},
    {"min", "minute", "minutes", kTime, "60"},
    {"h|hr", "hour", "hours", kTime, "3600"},
    {"d", "day", "days", kTime, "86400"},
    {"week", "week", "weeks", kTime, "604800"},
    // speed
    {"mph", "", "", kSpeed, "0.44704"},
    {"kph|kmh", "", "", kSpeed, "5/18"},
    {"kn", "knot", "knots", kSpeed, "463/900"},
    // temperature
    {"K", "kelvin|kelvin", "kelvin|kelvins", kTemperature, "1", kMetric},
    {"°C|degC", "celsius", "celsius", kTemperature, "1", kNone, "273.15"},
    {"°F|degF", "fahrenheit", "fahrenheit", kTemperature, "5/9", kNone, "45967/180"},
    // other SI base units
    {"A", "ampere|amp", "amperes|amps", kCurrent, "1", kMetric},
    {"mol", "mole", "moles", {0, 0, 0, 0, 0, 1}, "1", kMetric},
    {"cd", "candela", "candelas", kLuminous, "1", kMetric},
    // SI derived units
    {"Hz", "hertz", "hertz", kFrequency, "1", kMetric},
    {"N", "newton", "newtons", kForce, "1", kMetric},
    {"Pa", "pascal", "pascals", kPressure, "1", kMetric},
    {"J", "joule", "joules", kEnergy, "1", kMetric},
    {"W", "watt", "watts", kPower, "1", kMetric},
    {"C", "coulomb", "coulombs", kCharge, "1", kMetric},
    {"V", "volt", "volts", {2, 1, -3, -1}, "1", kMetric},
    {"F", "farad", "farads", {-2, -1, 4, 2}, "1", kMetric},
    {"Ω|Ω|ohm", "ohm", "ohms", {2, 1, -3, -2}, "1", kMetric},
    {"S", "siemens", "siemens", {-2, -1, 3, 2}, "1", kMetric},
    {"Wb", "weber", "webers", {2, 1, -2, -1}, "1", kMetric},
    {"T", "tesla", "teslas", {0, 1, -2, -1}, "1", kMetric},
    {"H", "henry", "henries", {2, 1, -2, -2}, "1", kMetric},
    {"lm", "lumen", "lumens", kLuminous, "1", kMetric},
    {"lx", "lux", "lux", {-2, 0, 0, 0, 0, 0, 1}, "1", kMetric},
    {"Bq", "becquerel", "becquerels", kFrequency, "1", kMetric},
    {"Gy", "gray", "grays", kDose, "1", kMetric},
    {"Sv", "sievert", "sieverts", kDose, "1", kMetric},
    {"kat", "katal", "katals", {0, 0, -1, 0, 0, 1}, "1", kMetric},
    // used beside the SI
    {"bar", "bar", "bars", kPressure, "100000", kMetric},
    {"atm", "atmosphere", "atmospheres", kPressure, "101325"},
    {"Wh", "", "", kEnergy, "3600", kMetric},
    {"cal", "calorie", "calories", kEnergy, "4.184", kMetric},
    {"eV", "electronvolt", "electronvolts", kEnergy, "1.602176634e-19", kMetric},
};

constexpr PrefixRow kPrefixes[] = {
    {"Q", "quetta", 30}, {"R", "ronna", 27}, {"Y", "yotta", 24}, {"Z", "zetta", 21}, {"E", "exa", 18},
    {"P", "peta", 15}, {"T", "tera", 12}, {"G", "giga", 9}, {"M", "mega", 6}, {"k", "kilo", 3}, {"h", "hecto", 2},
    {"da", "deca", 1}, {"d", "deci", -1}, {"c", "centi", -2}, {"m", "milli", -3}, {"µ", "micro", -6},
    {"μ", "micro", -6}, {"u", "micro", -6}, {"n", "nano", -9}, {"p", "pico", -12}, {"f", "femto", -15},
    {"a", "atto", -18}, {"z", "zepto", -21}, {"y", "yocto", -24}, {"r", "ronto", -27}, {"q", "quecto", -30},
};

constexpr DimensionName kDimensionNames[] = {
    {"a plain number", kNumber}, {"a length", kLength}, {"a mass", kMass}, {"a time", kTime},
    {"a temperature", kTemperature}, {"an area", kArea}, {"a volume", kVolume}, {"a speed", kSpeed},
    {"a frequency", kFrequency}, {"a force", kForce}, {"an energy", kEnergy}, {"a pressure", kPressure},
    {"a power", kPower}, {"an electric current", kCurrent}, {"an electric charge", kCharge},
    {"an acceleration", {1, 0, -2}}, {"a density", {-3, 1}}, {"a voltage", {2, 1, -3, -1}},
};
// clang-format on

}  // namespace

std::span<const UnitRow> unit_rows() { return kUnits; }
std::span<const PrefixRow> prefix_rows() { return kPrefixes; }
std::span<const DimensionName> dimension_names() { return kDimensionNames; }

}  // namespace vitrine::exact
