# Spatial panel models of cigarette demand, 46 states, 1963-1992, by splm and, with dummies, spatialreg.
# Rscript reference.R; writes panel.csv, weights.csv and expected.csv beside itself.
# R 4.2.2, splm 1.6-5, spatialreg 1.2-6; data: Cigar of plm 2.6-2, contiguity usa46 of SDPDmod 0.0.5.
suppressMessages({library(plm); library(splm); library(SDPDmod)})
data(Cigar, package = "plm"); data(usa46, package = "SDPDmod")
panel <- with(Cigar, data.frame(state = state, year = year + 1900, logc = log(sales),
  logp = log(price / cpi), logy = log(ndi / cpi)))
panel <- panel[order(panel$state, panel$year), ]
panel[3:5] <- round(panel[3:5], 9)
write.csv(panel, "panel.csv", row.names = FALSE, quote = FALSE)
links <- which(usa46 > 0, arr.ind = TRUE)
links <- links[order(links[, 1], links[, 2]), ]
states <- sort(unique(panel$state))
write.csv(data.frame(state = states[links[, 1]], neighbour = states[links[, 2]]), "weights.csv", row.names = FALSE)
W <- usa46 / rowSums(usa46)
lw <- spdep::mat2listw(W, style = "W")
rows <- list()
add <- function(spec, term, estimate, error = NA)
  rows[[length(rows) + 1]] <<- data.frame(spec, term, estimate = as.numeric(estimate), std_error = as.numeric(error))
fm <- logc ~ logp + logy
spml_fit <- function(spec, ...) {
  fit <- spml(fm, data = panel, listw = lw, ...)
  random <- !is.null(fit$arcoef) && length(fit$arcoef) > 0 && !is.null(fit$errcomp)
  b <- fit$coefficients
  names(b)[names(b) == "lambda"] <- "rho!"; names(b)[names(b) == "rho"] <- "lambda"
  names(b)[names(b) == "rho!"] <- "rho"   # splm calls the lag's parameter lambda and the error's rho
  se <- sqrt(diag(fit$vcov))
  keep <- names(b) != "(Intercept)"
  add(spec, names(b)[keep], b[keep], se[keep])
  if (random && length(fit$arcoef)) add(spec, "rho", fit$arcoef)
  if (random && "rho" %in% names(fit$errcomp)) add(spec, "lambda", fit$errcomp[["rho"]])
  if (random) add(spec, "phi", 1 / sqrt(1 + length(unique(panel$year)) * fit$errcomp[["phi"]]))
  if (random || spec %in% "sar_city") add(spec, "loglik", fit$logLik)
}
spml_fit("sar_city", model = "within", effect = "individual", lag = TRUE, spatial.error = "none")
spml_fit("sem_city", model = "within", effect = "individual", lag = FALSE, spatial.error = "b")
spml_fit("sac_city", model = "within", effect = "individual", lag = TRUE, spatial.error = "b")
spml_fit("sar_random", model = "random", lag = TRUE, spatial.error = "none")
spml_fit("sem_random", model = "random", lag = FALSE, spatial.error = "kkp")
for (test in c("lml", "lme", "rlml", "rlme")) {
  name <- c(lml = "lm_lag", lme = "lm_error", rlml = "robust_lm_lag", rlme = "robust_lm_error")[[test]]
  add("ols_city", name, slmtest(fm, data = panel, listw = lw, test = test, model = "within")$statistic)
}
# Year and two-way effects: dummy variables in a cross-section of all state-years with the matrix I_T x W,
# the likelihood's determinant from all its eigenvalues. splm does not demean W y again.
panel <- panel[order(panel$year, panel$state), ]
whole <- spdep::mat2listw(kronecker(diag(length(unique(panel$year))), W), style = "W")
panel$wlogp <- spdep::lag.listw(whole, panel$logp); panel$wlogy <- spdep::lag.listw(whole, panel$logy)
lsdv <- function(spec, fitter, formula) {
  fit <- fitter(formula, data = panel, listw = whole, method = "eigen", control = list(tol.opt = 1e-10))
  keep <- grep("logp|logy", names(fit$coefficients), value = TRUE)
  names <- sub("^w", "W*", keep)
  add(spec, names, fit$coefficients[keep], fit$rest.se[keep])
  if (!is.null(fit$rho)) add(spec, "rho", fit$rho, fit$rho.se)
  if (!is.null(fit$lambda)) add(spec, "lambda", fit$lambda, fit$lambda.se)
  add(spec, "sigma2", fit$s2); add(spec, "loglik", fit$LL)
}
lsdv("sar_year", spatialreg::lagsarlm, logc ~ logp + logy + factor(year))
lsdv("sar_both", spatialreg::lagsarlm, logc ~ logp + logy + factor(state) + factor(year))
lsdv("sdm_both", spatialreg::lagsarlm, logc ~ logp + logy + wlogp + wlogy + factor(state) + factor(year))
lsdv("sem_both", spatialreg::errorsarlm, logc ~ logp + logy + factor(state) + factor(year))
expected <- do.call(rbind, rows)
write.csv(transform(expected, estimate = format(estimate, digits = 12, trim = TRUE),
  std_error = format(std_error, digits = 12, trim = TRUE)), "expected.csv", row.names = FALSE, quote = FALSE)
