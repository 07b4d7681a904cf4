# Writes panel.csv and expected.csv; run `Rscript make.R <folder with mediate.R and medsens.R of the package mediation>` here.
# R 4.2.2; mediation 4.5.1 (its files read as they are), Matrix, mvtnorm, sandwich.
suppressMessages({library(Matrix); library(mvtnorm); library(sandwich); library(MASS)})
for (file in c("mediate.R", "medsens.R")) source(file.path(commandArgs(TRUE)[1], file))

RNGversion("4.2.0")
set.seed(45)
cities <- 30; years <- 6
panel <- expand.grid(year = 2010:(2009 + years), city = 1:cities)[, c("city", "year")]
n <- nrow(panel)
level <- rnorm(cities)[panel$city]
panel$policy <- as.numeric(panel$city <= 14 & panel$year >= 2012 + panel$city %% 3)
panel$x <- round(rnorm(n) + level, 6)
common <- rnorm(n)
panel$m <- round(0.8 * panel$policy + 0.3 * panel$x + level + 0.6 * common + rnorm(n), 6)
panel$y <- round(0.5 * panel$policy + 0.7 * panel$m - 0.2 * panel$x + level + 0.8 * common + rnorm(n), 6)
write.csv(panel, "panel.csv", row.names = FALSE, quote = FALSE)

rows <- list()
for (case in c("plain", "effects")) {
  end <- if (case == "plain") "x" else "x + factor(city) + factor(year)"
  first <- lm(as.formula(paste("m ~ policy +", end)), panel)
  second <- lm(as.formula(paste("y ~ policy + m +", end)), panel)
  set.seed(1)
  found <- mediate(first, second, treat = "policy", mediator = "m", sims = 50)
  sens <- medsens(found, rho.by = 0.1, eps = 1e-24)
  show <- function(x) sprintf("%.15g", x)
  rows[[case]] <- data.frame(case = case, rho = round(sens$rho, 1), acme = show(sens$d0[, 1]),
    low = show(sens$lower.d0[, 1]), high = show(sens$upper.d0[, 1]), r2_tilde = show(sens$R2tilde.prod))
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
