# Radial efficiency and its second stage by rDEA, and truncated regression by truncreg.
# Rscript reference.R; writes data.csv and expected.csv beside itself.
# R 4.2.2, rDEA 1.2-8 and truncreg 0.2-5, built from github.com/cran; in truncreg two comparisons with class() became inherits(),
# which R 4.2 asks for.
suppressMessages({library(rDEA); library(truncreg)})
set.seed(20)
n <- 80
x <- matrix(exp(rnorm(2 * n)), n); z <- matrix(rnorm(2 * n), n)
low <- 1.4 + 0.3 * z[, 1]
delta <- truncnorm::rtruncnorm(n, a = 1, mean = low, sd = 0.4)
y1 <- exp(0.4 * log(x[, 1]) + 0.3 * log(x[, 2])) / delta
y2 <- y1 * exp(0.3 * rnorm(n))
data <- round(data.frame(x1 = x[, 1], x2 = x[, 2], y1 = y1, y2 = y2, z1 = z[, 1], z2 = z[, 2], delta = delta), 6)
write.csv(data, "data.csv", row.names = FALSE, quote = FALSE)
rows <- list()
add <- function(spec, term, estimate, error = NA)
  rows[[length(rows) + 1]] <<- data.frame(spec, term, estimate = as.numeric(estimate), std_error = as.numeric(error))
fit <- truncreg(delta ~ z1 + z2, data = data, point = 1, direction = "left", method = "NR", reltol = 1e-14, gradtol = 1e-10)
add("truncreg", c("_cons", "z1", "z2", "sigma"), coef(fit), sqrt(diag(vcov(fit))))
add("truncreg", "loglik", logLik(fit))
X <- as.matrix(data[c("x1", "x2")]); Y <- as.matrix(data[c("y1", "y2")]); Z <- as.matrix(data[c("z1", "z2")])
for (model in c("output", "input")) for (returns in c("variable", "constant")) {
  found <- dea(XREF = X, YREF = Y, X = X, Y = Y, model = model, RTS = returns)
  add(paste("dea", model, returns, sep = "_"), 1:n, found$thetaOpt)
}
for (model in c("output", "input")) {
  set.seed(5)
  found <- dea.env.robust(X, Y, Z = Z, model = model, RTS = "variable", L1 = 2000, L2 = 4000)
  spec <- paste0("robust_", model)
  add(spec, paste0("first:", c("_cons", "z1", "z2", "sigma")), c(found$beta_hat, found$sigma_hat))
  add(spec, paste0("corrected:", 1:n), found$delta_hat_hat)
  add(spec, c("_cons", "z1", "z2"), found$beta_hat_hat)
  add(spec, "sigma", found$sigma_hat_hat)
  add(spec, paste0("low:", c("_cons", "z1", "z2")), found$beta_ci[, 1])
  add(spec, paste0("high:", c("_cons", "z1", "z2")), found$beta_ci[, 2])
}
out <- do.call(rbind, rows)
out$estimate <- sprintf("%.12e", out$estimate)
out$std_error <- ifelse(is.na(out$std_error), "", sprintf("%.12e", out$std_error))
write.csv(out, "expected.csv", row.names = FALSE, quote = FALSE)
