# As make.R, on the low-carbon pilot panel, which is not shipped. Takes the path of panel.csv, prints
# low_carbon_pilot.csv.
suppressMessages({library(AER); library(sandwich)})
panel <- read.csv(commandArgs(trailingOnly = TRUE)[1])
n <- nrow(panel)
g <- length(unique(panel$id))
periods <- length(unique(panel$year))
errors <- function(model, k) {
  v <- vcovCL(model, cluster = panel$id, type = "HC0", cadjust = FALSE)
  sqrt(diag(v) * (n - 1) / (n - k - (periods - 1) - 1) * g / (g - 1))
}
show <- function(term, model, name, k)
  cat(sprintf("%s,%.15g,%.15g\n", term, coef(model)[name], errors(model, k)[name]))
cat("term,estimate,std_error\n")
second <- ivreg(co2 ~ ind + es + factor(id) + factor(year) | es + pop + citylabor + factor(id) + factor(year),
  data = panel)
for (term in c("ind", "es")) show(term, second, term, 2)
first <- lm(ind ~ pop + citylabor + es + factor(id) + factor(year), data = panel)
reduced <- lm(co2 ~ pop + citylabor + es + factor(id) + factor(year), data = panel)
for (z in c("pop", "citylabor")) {
  show(sprintf("first_stage[ind|%s]", z), first, z, 3)
  show(sprintf("reduced_form[%s]", z), reduced, z, 3)
}
