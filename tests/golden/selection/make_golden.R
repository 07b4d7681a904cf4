# Writes weights.csv, balance.csv and numbers.csv; run `Rscript make_golden.R <folder with the R files of ebal>` here.
# Made with R 4.2.2, MatchIt 4.5.1 and ebal 0.1-8 (its files eb.R, ebalance.R, line.searcher.r, read as they are).
# Reads ../matching_r/panel.csv and ../matching_r/units.csv.
suppressMessages(library(MatchIt))
for (file in c("eb.R", "ebalance.R", "line.searcher.r")) source(file.path(commandArgs(TRUE)[1], file))

panel <- read.csv("../matching_r/panel.csv")
panel$ever <- as.integer(!is.na(panel$first_treated_year))
covariates <- c("income", "density", "relief")
formula_ <- ever ~ income + density + relief
years <- sort(unique(panel$year))
score <- function(data) fitted(glm(formula_, binomial, data, epsilon = 1e-14, maxit = 100))
n <- nrow(panel)
weights <- panel[, c("city", "year")]

panel$own <- NA
for (year in years) panel$own[panel$year == year] <- score(panel[panel$year == year, ])
panel$all <- score(panel)
weights$score_within <- panel$own
weights$score_pooled <- panel$all

# Pairs without replacement: MatchIt on each year by itself, and with exact = ~year on one score.
weights$within_without <- 0
for (year in years) {
  at <- which(panel$year == year)
  m <- matchit(formula_, panel[at, ], distance = panel$own[at], replace = FALSE)
  weights$within_without[at] <- unname(m$weights)
}
m <- matchit(formula_, panel, distance = panel$all, exact = ~year, replace = FALSE)
weights$pooled_without <- unname(m$weights)

# Kernels and neighbours with replacement by plain loops over years and treated units.
loop <- function(distance, share_of) {
  w <- numeric(n)
  for (year in years) {
    t <- which(panel$year == year & panel$ever == 1); co <- which(panel$year == year & panel$ever == 0)
    t <- t[distance[t] >= min(distance[co]) & distance[t] <= max(distance[co])]
    reach <- sd(distance[panel$year == year])
    for (i in t) {
      share <- share_of(abs(distance[co] - distance[i]), reach)
      if (sum(share) > 0) { w[co] <- w[co] + share / sum(share); w[i] <- 1 }
    }
  }
  w
}
kernel <- function(gap, reach) pmax(1 - (gap / 0.06)^2, 0)
nearest <- function(gap, reach) {
  share <- numeric(length(gap)); best <- order(gap)[1:2]
  share[best] <- as.numeric(gap[best] < 0.05 * reach); share
}
weights$within_kernel <- loop(panel$own, kernel)
weights$pooled_kernel <- loop(panel$all, kernel)
weights$within_nearest <- loop(panel$own, nearest)

# Entropy balancing of cities on means before treatment, and of city-years within each year.
units <- read.csv("../matching_r/units.csv")
balanced <- function(treated, x) {
  x <- scale(x)
  w <- rep(1, length(treated))
  fit <- ebalance(treated, x, constraint.tolerance = 1e-11, print.level = -1, max.iterations = 500)
  stopifnot(fit$converged)
  w[treated == 0] <- fit$w
  w
}
# By density and relief: no weights of the controls reach the mean income of the treated cities.
few <- c("density", "relief")
weights$entropy_means <- balanced(units$treated, as.matrix(units[few]))[match(weights$city, units$city)]
x <- scale(as.matrix(panel[few]))
weights$entropy_variances <- balanced(panel$ever, cbind(x, x^2))
weights$entropy_skewness <- balanced(panel$ever, cbind(x, x^2, x^3))
weights$entropy_within <- 0
for (year in years) {
  at <- which(panel$year == year)
  weights$entropy_within[at] <- balanced(panel$ever[at], as.matrix(panel[at, few]))
}
write.csv(format(weights, digits = 16, trim = TRUE), "weights.csv", row.names = FALSE, quote = FALSE)

# Standardised biases by year, with the spread of all units of the year.
rows <- list()
for (year in years) for (name in covariates) {
  at <- panel$year == year; v <- panel[[name]][at]; d <- panel$ever[at] == 1; w <- weights$within_kernel[at]
  spread <- sqrt((var(v[d]) + var(v[!d])) / 2)
  rows[[length(rows) + 1]] <- data.frame(year = year, variable = name,
    before = 100 * (mean(v[d]) - mean(v[!d])) / spread,
    after = 100 * (weighted.mean(v[d], w[d]) - weighted.mean(v[!d], w[!d])) / spread)
}
write.csv(format(do.call(rbind, rows), digits = 16, trim = TRUE), "balance.csv", row.names = FALSE, quote = FALSE)

# Two-way fixed effects with the weights, as reghdfe with aweights: dummies, clustered sandwich.
numbers <- list()
for (name in setdiff(names(weights), c("city", "year", "score_within", "score_pooled"))) {
  used <- weights[[name]] > 0
  used <- used & panel$city %in% names(which(table(panel$city[used]) > 1))  # reghdfe drops singletons
  data <- panel[used, ]; data$w <- weights[[name]][used]
  data$w <- data$w / mean(data$w)
  fit <- lm(y ~ policy + income + factor(city) + factor(year), data, weights = w)
  z <- model.matrix(fit); z <- z[, !is.na(coef(fit))]
  bread <- solve(crossprod(z * sqrt(data$w)))
  scores <- rowsum(z * data$w * residuals(fit), data$city)
  g <- nrow(scores); N <- nrow(data); T <- length(unique(data$year))
  v <- bread %*% crossprod(scores) %*% bread * (N - 1) / (N - 2 - (T - 1) - 1) * g / (g - 1)
  numbers[[name]] <- data.frame(term = name, value = coef(fit)["policy"], std_error = sqrt(v["policy", "policy"]), nobs = N)
}
write.csv(format(do.call(rbind, numbers), digits = 16, trim = TRUE), "numbers.csv", row.names = FALSE, quote = FALSE)
