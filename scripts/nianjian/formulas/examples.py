"""A formula for each function and operator, on items of the dictionary: what the reference and ``nianjian functions`` show."""

EXAMPLES = {
    "ln": "ln(gdp_pc)",
    "log10": "log10(fai)",
    "log1p": "log1p(patents_granted)",
    "exp": "exp(ln(gdp / fai))",
    "sqrt": "sqrt(area_admin)",
    "abs": "abs(fisc_rev - fisc_exp)",
    "min": "min(fisc_rev, fisc_exp)",
    "max": "max(fisc_rev, fisc_exp)",
    "first": "first(pop_resident, pop_hukou)",
    "sum_of": "sum_of(exp_sci, exp_edu, exp_env)",
    "hhi": "1 / hhi(emp_primary, emp_secondary, emp_tertiary)",
    "lag": "ln(lag(gdp_pc, 1))",
    "lead": "lead(ind_so2, 2)",
    "diff": "diff(ln(gdp_pc))",
    "growth": "growth(fai)",
    "at": "ln(gdp_pc) - ln(at(gdp_pc, 2006))",
    "chain": "chain(gdp, gdp_growth, 2006)",
    "deflate": "deflate(fai, price_retail, 2006)",
    "perpetual": "perpetual(fai, 0.096, 2006)",
    "splice": "splice(pm25_grid, pm25, 2017, 2018)",
    "mean": "gdp_pc / mean(gdp_pc)",
    "median": "gdp_pc > median(gdp_pc)",
    "sd": "(gdp_pc - mean(gdp_pc)) / sd(gdp_pc)",
    "mean_by": "gdp_pc - mean_by(gdp_pc, city)",
    "sum_by": "gdp / sum_by(gdp, province, year)",
    "share": "share(gdp, year)",
    "median_by": "gdp_pc > median_by(gdp_pc, year)",
    "above_median": "above_median(gdp_pc, year)",
    "quantile_group": "quantile_group(gdp_pc, 4, year)",
    "winsor": "winsor(ln(gdp_pc), 0.01, 0.99)",
    "to": "to(ind_so2, '10^4 t')",
}
"""By function."""
OPERATORS = {
    "`+ - * / **`, brackets": (
        "ind_so2 / gdp",
        "Units follow: tonnes by 10^4 yuan; unlike units are not added.",
    ),
    "`< <= > >= == !=`": ("gdp_pc > 50000", "1 where it holds, else 0; missing where a side is missing."),
    "`in`, `not in`": ("province in [310000, 320000]", "One of a list of numbers, or of words in quotes."),
    "`and`, `or`, `not`": ("gdp_pc > 50000 and not province == 310000", "Conditions together."),
    "`item__districts`": ("gdp__districts / gdp", "The item of the city's districts (市辖区) alone."),
}
"""What else stands in a formula: an example and its meaning."""
