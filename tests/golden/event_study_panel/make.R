# Event studies with dummy variables: lm and sandwich::vcovCL, cohorts averaged by hand.
# Writes panel.csv and expected.csv. R 4.2.2, sandwich 3.0-2; run in this folder.
suppressMessages(library(sandwich))

RNGversion("4.2.0")
set.seed(21)
cities <- 40
panel <- expand.grid(year = 2005:2014, city = 1:cities)[, c("city", "year")]
n <- nrow(panel)
first <- c(NA, 2004, 2009, 2011, 2013)[1 + (1:cities - 1) %% 5]
panel$first <- first[panel$city]
panel$k <- panel$year - panel$first
panel$a <- round(rnorm(n) + rnorm(cities)[panel$city], 6)
on <- !is.na(panel$k) & panel$k >= 0
effect <- ifelse(on, (1 + panel$k) * (panel$first - 2002) / 20, 0)
panel$y <- round(effect + 0.5 * panel$a + rnorm(cities)[panel$city] + 0.2 * panel$year + rnorm(n), 6)
panel <- panel[runif(n) < 0.97 | (!is.na(panel$k) & panel$k == -1), ]
write.csv(panel[, c("city", "year", "first", "a", "y")], "panel.csv", row.names = FALSE, na = "")

rows <- list()
add <- function(spec, term, estimate, std_error) {
  rows[[length(rows) + 1]] <<- data.frame(spec = spec, term = term,
    estimate = sprintf("%.15g", estimate), std_error = sprintf("%.15g", std_error))
}
# Regression on 0/1 columns; covariance with reghdfe's factor.
regress <- function(panel, x) {
  x <- as.matrix(x)
  model <- lm(panel$y ~ x + panel$a + factor(panel$city) + factor(panel$year))
  stopifnot(!anyNA(coef(model)))
  q <- ncol(x)
  n <- nrow(panel)
  g <- length(unique(panel$city))
  k <- q + 1
  periods <- length(unique(panel$year))
  v <- vcovCL(model, cluster = panel$city, type = "HC0", cadjust = FALSE)
  v <- v * (n - 1) / (n - k - (periods - 1) - 1) * g / (g - 1)
  at <- 1 + seq_len(q)
  list(b = unname(coef(model)[at]), v = unname(v[at, at, drop = FALSE]))
}
wald <- function(fit, which) {
  b <- fit$b[which]
  drop(b %*% solve(fit$v[which, which], b)) / length(which)
}

shown <- pmax(pmin(panel$k, 3), -3)
for (spec in c("bin", "omit")) {
  times <- c(-3, -2, 0, 1, 2, 3)
  of <- if (spec == "bin") shown else panel$k
  fit <- regress(panel, sapply(times, function(t) as.numeric(!is.na(of) & of == t)))
  terms <- sprintf("event[%d]", times)
  if (spec == "bin") terms[c(1, 6)] <- c("event[<=-3]", "event[>=3]")
  for (j in seq_along(terms)) add(spec, terms[j], fit$b[j], sqrt(fit$v[j, j]))
  add(spec, "pretrend", wald(fit, 1:2), NA)
  add(spec, "posttrend", wald(fit, 3:6), NA)
  m <- c(0, 0, 1, 1, 1, 1) / 4
  add(spec, "mean_post", sum(m * fit$b), sqrt(drop(m %*% fit$v %*% m)))
}

# Sun and Abraham: the cohort of 2004 has no year before its treatment; without the never treated the cohort
# of 2013 is the control until 2012.
for (spec in c("cohorts", "last_cohort")) {
  used <- panel[is.na(panel$first) | panel$first > 2005, ]
  if (spec == "last_cohort") used <- used[!is.na(used$first) & used$year < 2013, ]
  treated <- !is.na(used$first) & !(spec == "last_cohort" & used$first == 2013)
  cells <- unique(used[treated & used$k != -1, c("first", "k")])
  cells <- cells[order(cells$first, cells$k), ]
  x <- sapply(seq_len(nrow(cells)), function(j)
    as.numeric(treated & used$first == cells$first[j] & used$k == cells$k[j]))
  fit <- regress(used, x)
  size <- colSums(x)
  average <- function(which) which * size / sum(size[which])
  report <- function(term, m) add(spec, term, sum(m * fit$b), sqrt(drop(m %*% fit$v %*% m)))
  bins <- pmax(pmin(cells$k, 3), -3)
  for (t in sort(unique(bins))) {
    plain <- (t == -3 && !any(cells$k < -3)) || (t == 3 && !any(cells$k > 3)) || abs(t) < 3
    sign <- if (plain) "" else if (t < 0) "<=" else ">="
    report(sprintf("event[%s%d]", sign, t), average(bins == t))
  }
  report("att", average(cells$k >= 0))
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
