# Bounds with direct effects of the instruments: AER::ivreg at each direct effect, and the matrices of the local-to-zero estimate.
# Reads ../iv_panel/panel.csv, writes expected.csv. R 4.2.2, AER 1.2-10, sandwich 3.0-2; run in this folder.
suppressMessages({library(AER); library(sandwich)})

panel <- read.csv("../iv_panel/panel.csv")
n <- nrow(panel)
g <- length(unique(panel$city))
periods <- length(unique(panel$year))
# reghdfe's factor for year effects beside city effects that are nested in the cluster.
factor_ <- (n - 1) / (n - 2 - (periods - 1) - 1) * g / (g - 1)
dummies <- "factor(city) + factor(year)"

rows <- list()
add <- function(spec, term, group, estimate, std_error, low, high) {
  show <- function(x) sprintf("%.15g", x)
  rows[[length(rows) + 1]] <<- data.frame(spec = spec, term = term, group = group, estimate = show(estimate),
    std_error = show(std_error), conf_low = show(low), conf_high = show(high))
}
second <- function(y, z) {
  panel$moved <- y
  model <- ivreg(as.formula(paste("moved ~ x + c1 +", dummies, "| c1 +", z, "+", dummies)), data = panel)
  v <- vcovCL(model, cluster = panel$city, type = "HC0", cadjust = FALSE) * factor_
  c(coef(model)["x"], sqrt(v["x", "x"]))
}
critical <- qt(0.975, g - 1)
union_ <- function(spec, z, grid) {
  low <- Inf; high <- -Inf
  for (i in seq_len(nrow(grid))) {
    own <- unlist(grid[i, ])
    found <- second(panel$y - as.matrix(panel[names(grid)]) %*% own, z)
    ends <- found[1] + c(-1, 1) * critical * found[2]
    low <- min(low, ends[1]); high <- max(high, ends[2])
    add(spec, "plausible", paste(sprintf("%.12g", own), collapse = "/"), found[1], found[2], ends[1], ends[2])
  }
  middle <- second(panel$y, z)
  add(spec, "plausible_union", "", middle[1], NA, low, high)
}
union_("just", "z1", expand.grid(z1 = seq(-0.2, 0.3, length.out = 6)))
# The last instrument moves fastest.
both <- expand.grid(z2 = seq(0, 0.1, length.out = 3), z1 = seq(-0.2, 0.3, length.out = 3))[, c("z1", "z2")]
union_("over", "z1 + z2", both)

local <- function(spec, z, mean_, variance) {
  names_z <- strsplit(z, " + ", fixed = TRUE)[[1]]
  exogenous <- model.matrix(as.formula(paste("~ c1 +", dummies)), panel)
  x <- cbind(panel$x, exogenous)
  z_all <- cbind(as.matrix(panel[names_z]), exogenous)
  projected <- z_all %*% solve(crossprod(z_all), crossprod(z_all, x))
  a <- solve(crossprod(projected, x)) %*% crossprod(x, z_all)
  gamma <- c(mean_, rep(0, ncol(exogenous)))
  omega <- diag(c(variance, rep(0, ncol(exogenous))))
  found <- second(panel$y, z)
  b <- found[1] - (a %*% gamma)[1]
  error <- sqrt(found[2]^2 + (a %*% omega %*% t(a))[1, 1])
  add(spec, "local_to_zero", "", b, error, b - critical * error, b + critical * error)
}
local("just", "z1", 0.05, 0.02)
local("over", "z1 + z2", c(0.05, 0), c(0.02, 0.01))
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
