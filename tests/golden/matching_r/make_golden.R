# Writes panel.csv, units.csv, weights.csv and numbers.csv; run `Rscript make_golden.R` here.
# Made with R 4.2.2, Matching 4.10-8, MatchIt 4.5.1.
#
# Matching needs distance.tolerance = 0, or it takes near neighbours for ties. MatchIt 4.5.1 serves only
# without replacement and caliper: with replacement some of its neighbours are not the nearest ones, and its
# caliper leaves pairs that are farther apart.
suppressMessages({library(Matching); library(MatchIt)})
set.seed(20261121)

# 90 cities, 2010-2019; a policy from 2014, 2016 or 2017 on that richer and denser cities get.
n <- 90; years <- 2010:2019
income <- rnorm(n); density <- rnorm(n, 0.3 * income); relief <- runif(n)
ever <- rbinom(n, 1, plogis(-0.4 + 0.9 * income + 0.5 * density - 0.6 * relief))
first <- ifelse(ever == 1, sample(c(2014, 2016, 2017), n, replace = TRUE), NA)
panel <- expand.grid(year = years, city = 1:n)[, c("city", "year")]
i <- panel$city
panel$first_treated_year <- first[i]
panel$policy <- as.integer(!is.na(first[i]) & panel$year >= first[i])
panel$income <- income[i] + 0.02 * (panel$year - 2010) + rnorm(nrow(panel), 0, 0.2)
panel$density <- density[i] + rnorm(nrow(panel), 0, 0.1)
panel$relief <- relief[i]
panel$y <- 2 * income[i] + 0.1 * income[i] * (panel$year - 2010) + 0.4 * panel$policy +
  rnorm(nrow(panel), 0, 0.5) + rep(rnorm(n), each = length(years))
panel <- round(panel, 6)
write.csv(panel, "panel.csv", row.names = FALSE, quote = FALSE, na = "")

# Means before treatment; of cities never treated, before the first year of all.
start <- ifelse(is.na(first), 2014, first)
before <- panel[panel$year < start[panel$city], ]
units <- aggregate(before[, c("income", "density", "relief")], list(city = before$city), mean)
units$treated <- ever
model <- glm(treated ~ income + density + relief, binomial, units, epsilon = 1e-14, maxit = 100)
p <- fitted(model); units$score <- p; units$rounded <- round(p * 64) / 64
write.csv(format(units, digits = 16, trim = TRUE), "units.csv", row.names = FALSE, quote = FALSE)
numbers <- data.frame(
  term = c("income", "density", "relief", "_cons"),
  value = coef(model)[c(2:4, 1)], std_error = sqrt(diag(vcov(model)))[c(2:4, 1)])
numbers <- rbind(numbers, data.frame(
  term = "pseudo_r2", value = 1 - model$deviance / model$null.deviance, std_error = NA))

weights <- data.frame(city = units$city)
t <- which(ever == 1); co <- which(ever == 0)

from_matching <- function(x, ...) {
  m <- Match(Tr = ever, X = x, estimand = "ATT", replace = TRUE, ties = TRUE, ...)
  w <- numeric(n)
  w[unique(m$index.treated)] <- 1
  for (k in seq_along(m$weights)) w[m$index.control[k]] <- w[m$index.control[k]] + m$weights[k]
  w
}
weights$matching_1 <- from_matching(p, M = 1, distance.tolerance = 0)
weights$matching_4 <- from_matching(p, M = 4, distance.tolerance = 0)
# Multiples of 1/64 tie; Matching scales them, so that equal distances differ by rounding.
weights$matching_tied_1 <- from_matching(units$rounded, M = 1, distance.tolerance = 1e-12)
weights$matching_tied_3 <- from_matching(units$rounded, M = 3, distance.tolerance = 1e-12)
weights$matching_caliper <- from_matching(p, M = 1, caliper = 0.02, distance.tolerance = 0)

# Without replacement Matching goes by the order of rows: here from the highest score down.
down <- order(-p)
without <- function(...) {
  m <- Match(Tr = ever[down], X = p[down], M = 1, estimand = "ATT", replace = FALSE, ties = FALSE,
             distance.tolerance = 0, ...)
  w <- numeric(n)
  w[down[c(m$index.treated, m$index.control)]] <- 1
  w
}
weights$matching_without <- without()
weights$matching_without_caliper <- without(caliper = 0.1)
m <- matchit(treated ~ income + density + relief, units, distance = p, replace = FALSE)
weights$matchit_without <- unname(m$weights)

# Two neighbours without replacement, by turns; no package does this and a caliper right.
free <- rep(TRUE, n); partners <- vector("list", n)
for (turn in 1:2) for (a in t[order(-p[t])]) {
  left <- co[free[co]]
  if (length(left) == 0) next
  b <- left[which.min(abs(p[left] - p[a]))]
  if (abs(p[b] - p[a]) < 0.1) { partners[[a]] <- c(partners[[a]], b); free[b] <- FALSE }
}
w <- numeric(n)
for (a in t) if (length(partners[[a]])) { w[a] <- 1; w[partners[[a]]] <- 1 / length(partners[[a]]) }
weights$loop_without_2 <- w

kernel <- function(shape, h, common) {
  w <- numeric(n)
  for (a in t) {
    if (common && (p[a] < min(p[co]) || p[a] > max(p[co]))) next
    k <- sapply(co, function(b) shape((p[b] - p[a]) / h))
    if (sum(k) > 0) { w[a] <- 1; for (j in seq_along(co)) w[co[j]] <- w[co[j]] + k[j] / sum(k) }
  }
  w
}
weights$epanechnikov <- kernel(function(u) max(0, 1 - u^2), 0.06, TRUE)
weights$epanechnikov_narrow <- kernel(function(u) max(0, 1 - u^2), 0.005, FALSE)
weights$gaussian <- kernel(dnorm, 0.06, FALSE)
write.csv(format(weights, digits = 16, trim = TRUE), "weights.csv", row.names = FALSE, quote = FALSE)

# Weighted two-way fixed effects with reghdfe's clustered error, by dummy variables.
did <- function(name, keep, w) {
  d <- panel[keep[panel$city], ]; w <- w[d$city]
  fit <- lm(y ~ policy + income + factor(city) + factor(year), d, weights = w)
  x <- model.matrix(fit); w <- w / mean(w); e <- residuals(fit)
  bread <- solve(crossprod(x, w * x)); g <- length(unique(d$city))
  s <- rowsum(w * e * x, d$city)
  k <- 2 + length(unique(d$year)) - 1 + 1
  v <- bread %*% crossprod(s) %*% bread * (nrow(d) - 1) / (nrow(d) - k) * g / (g - 1)
  data.frame(term = name, value = coef(fit)["policy"], std_error = sqrt(v["policy", "policy"]))
}
w <- weights$epanechnikov
numbers <- rbind(
  numbers, did("did_weighted", w > 0, w), did("did_matched", w > 0, rep(1, n)),
  did("did_common_support", !(ever == 1 & w == 0), rep(1, n)),
  did("did_nearest_4", weights$matching_4 > 0, weights$matching_4))

# Standardised bias and t of pstest, with w the kernel's.
for (v in c("income", "density", "relief")) {
  x <- units[[v]]; spread <- sqrt((var(x[t]) + var(x[co])) / 2)
  unweighted <- summary(lm(x ~ ever))$coefficients["ever", ]
  # Importance weights: w rows each, so that errors use the sum of weights, not the number of rows.
  m1 <- weighted.mean(x[t], w[t]); m0 <- weighted.mean(x[co], w[co])
  e <- x - ifelse(ever == 1, m1, m0); df <- sum(w) - 2
  se <- sqrt(sum(w * e^2) / df * (1 / sum(w[t]) + 1 / sum(w[co])))
  numbers <- rbind(numbers, data.frame(
    term = paste0(c("bias_before_", "t_before_", "bias_after_", "t_after_"), v),
    value = c(100 * unweighted[1] / spread, unweighted[3], 100 * (m1 - m0) / spread, (m1 - m0) / se),
    std_error = NA))
}
write.csv(format(numbers, digits = 16, trim = TRUE), "numbers.csv", row.names = FALSE, quote = FALSE)
