# Dynamic spatial panel models of cigarette demand, 46 states, 1963-1992, and marginal likelihoods of static ones, by SDPDmod.
# Rscript reference.R; reads ../spatial_models_cigar, writes expected.csv beside itself.
# R 4.2.2, SDPDmod 0.0.5 built from github.com/RozetaSimonovska/SDPDmod, commit 0fb0f95. README.md says what is compared.
suppressMessages(library(SDPDmod))
given <- "../spatial_models_cigar/"
panel <- read.csv(paste0(given, "panel.csv")); links <- read.csv(paste0(given, "weights.csv"))
panel[3:5] <- 30 * panel[3:5]
states <- sort(unique(panel$state))
W <- matrix(0, length(states), length(states))
W[cbind(match(links$state, states), match(links$neighbour, states))] <- 1
W <- W / rowSums(W)
rows <- list()
add <- function(spec, term, estimate, error = NA)
  rows[[length(rows) + 1]] <<- data.frame(spec, term, estimate = as.numeric(estimate), std_error = as.numeric(error))

# The package's own code, with the determinant by all eigenvalues in place of a grid and a tighter search.
own <- asNamespace("SDPDmod")
exact <- new.env(parent = own)
exact$optimize <- function(f, ...) stats::optimize(f, ..., tol = 1e-11)
exact$f_sar <- function(rho, detval, epeo, eped, epeod, n, t, dynamic)
  (n * t / 2) * log((epeo - 2 * rho * epeod + rho^2 * eped) / (n * t)) - t * sum(log(Mod(1 - rho * eigenvalues)))
exact$f_SIG <- function(...) { last <<- list(args = list(...), found = own$f_SIG(...)); last$found }
tight <- SDPDm
environment(tight) <- exact
for (effect in c("twoways", "individual")) for (model in c("sar", "sdm")) for (kind in c("asis", "exact")) {
  # The transformation takes the eigenvector of ones out of W with effects of years.
  values <- eigen(W)$values
  eigenvalues <- if (effect == "twoways") values[-which.min(Mod(values - 1))] else values
  estimator <- if (kind == "asis") SDPDm else tight
  fit <- suppressWarnings(estimator(logc ~ logp + logy, panel, W, index = c("state", "year"), model = model,
    effect = effect, LYtrans = TRUE, dynamic = TRUE, tlaginfo = list(ind = NULL, tl = TRUE, stl = TRUE)))
  spec <- paste(kind, model, effect, sep = "_")
  names <- c("tau", "eta", "logp", "logy", if (model == "sdm") c("W*logp", "W*logy"), "rho", "sigma2")
  add(spec, paste0("uncorrected:", names), c(fit$coefficients, fit$rho, fit$sige))
  corrected <- c(fit$coefficients1, fit$rho1, fit$sige1)
  if (kind == "asis") { add(spec, names, corrected); next }
  # Errors by its own matrices at its corrected estimates: by information, and with its Omega for the fourth moment of the
  # innovations. Its "std1" takes that of y less its reduced form.
  inverse <- solve(last$found$SIG)
  add(spec, names, corrected, sqrt(diag(inverse)))
  if (effect == "twoways") next
  n <- nrow(W); t <- length(fit$resuduals) / n
  innovations <- (diag(n) - fit$rho1 * W) %*% matrix(fit$resuduals, n, t)
  omega <- own$f_OMG(fit$sige1, last$found$Gn, n, length(names) - 2, mean(innovations^4))
  add(spec, paste0("qml:", names), corrected, sqrt(diag(inverse + n * t * inverse %*% omega %*% inverse)))
}
# With effects of years it does not demean W X and W y again.
found <- blmpSDPD(logc ~ logp + logy, panel, W, index = c("state", "year"), effect = "individual")
add("marginal_individual", names(found$lmarginal), unlist(found$lmarginal))
out <- do.call(rbind, rows)
out$estimate <- sprintf("%.12e", out$estimate)
out$std_error <- ifelse(is.na(out$std_error), "", sprintf("%.12e", out$std_error))
write.csv(out, "expected.csv", row.names = FALSE, quote = FALSE)
