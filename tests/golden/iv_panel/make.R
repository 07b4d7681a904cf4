# Two-stage least squares with dummy variables: AER::ivreg and sandwich::vcovCL.
# Writes panel.csv and expected.csv. R 4.2.2, AER 1.2-10, sandwich 3.0-2; run in this folder.
suppressMessages({library(AER); library(sandwich)})

RNGversion("4.2.0")
set.seed(20)
cities <- 30
years <- 8
panel <- expand.grid(year = 2003:(2002 + years), city = 1:cities)[, c("city", "year")]
n <- nrow(panel)
level <- rnorm(cities)[panel$city]
shock <- rnorm(n)
panel$z1 <- round(rnorm(n) + level, 6)
panel$z2 <- round(rnorm(n), 6)
panel$c1 <- round(rnorm(n) + 0.3 * panel$z1, 6)
panel$x <- round(0.5 * panel$z1 + 0.3 * panel$z2 + 0.2 * panel$c1 + level + shock + rnorm(n), 6)
panel$y <- round(1.5 * panel$x - panel$c1 + 2 * level + 0.1 * panel$year + 1.2 * shock + rnorm(n), 6)
panel$w <- round(runif(n, 0.5, 2), 3)
panel <- panel[runif(n) < 0.92, ]
panel$province <- panel$city %% 6
write.csv(panel, "panel.csv", row.names = FALSE)

rows <- list()
add <- function(spec, term, estimate, std_error) {
  rows[[length(rows) + 1]] <<- data.frame(spec = spec, term = term,
    estimate = sprintf("%.15g", estimate), std_error = sprintf("%.15g", std_error))
}
n <- nrow(panel)
periods <- length(unique(panel$year))
# reghdfe's factor for year effects beside city effects that are nested in the cluster.
errors <- function(model, cluster, k) {
  g <- length(unique(cluster))
  v <- vcovCL(model, cluster = cluster, type = "HC0", cadjust = FALSE)
  sqrt(diag(v) * (n - 1) / (n - k - (periods - 1) - 1) * g / (g - 1))
}
for (spec in c("just", "over", "weighted", "province")) {
  z <- if (spec == "just") "z1" else "z1 + z2"
  dummies <- "factor(city) + factor(year)"
  panel$weight <- if (spec == "weighted") panel$w / mean(panel$w) else rep(1, n)
  cluster <- if (spec == "province") panel$province else panel$city
  both <- as.formula(paste("y ~ x + c1 +", dummies, "| c1 +", z, "+", dummies))
  second <- ivreg(both, data = panel, weights = weight)
  for (term in c("x", "c1")) add(spec, term, coef(second)[term], errors(second, cluster, 2)[term])
  instruments <- strsplit(z, " + ", fixed = TRUE)[[1]]
  first <- lm(as.formula(paste("x ~", z, "+ c1 +", dummies)), data = panel, weights = weight)
  reduced <- lm(as.formula(paste("y ~", z, "+ c1 +", dummies)), data = panel, weights = weight)
  k <- length(instruments) + 1
  for (i in instruments) {
    add(spec, sprintf("first_stage[x|%s]", i), coef(first)[i], errors(first, cluster, k)[i])
    add(spec, sprintf("reduced_form[%s]", i), coef(reduced)[i], errors(reduced, cluster, k)[i])
  }
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
