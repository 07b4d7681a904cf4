# Golden values by R's spdep, from panel.csv and weights.csv: Rscript expected.R
# Islands: zero.policy with adjust.n = FALSE and adjust.x = FALSE, as the weights keep all cities in n.
suppressMessages(library(spdep))
panel <- read.csv("panel.csv")
links <- read.csv("weights.csv")
cities <- sort(unique(panel$city))
rows <- list(); local <- list()
for (name in unique(links$name)) {
  part <- links[links$name == name & links$weight > 0, ]
  W <- matrix(0, length(cities), length(cities))
  W[cbind(match(part$city, cities), match(part$neighbour, cities))] <- part$weight
  listw <- mat2listw(W, row.names = as.character(cities), style = "M")
  for (year in unique(panel$year)) {
    x <- panel$value[panel$year == year][order(panel$city[panel$year == year])]
    for (random in c(TRUE, FALSE)) {
      m <- moran.test(x, listw, randomisation = random, zero.policy = TRUE, adjust.n = FALSE)
      g <- geary.test(x, listw, randomisation = random, zero.policy = TRUE, adjust.n = FALSE)
      under <- if (random) "randomisation" else "normality"
      rows[[length(rows) + 1]] <- data.frame(weights = name, year, statistic = "moran", under,
        estimate = m$estimate[1], expectation = m$estimate[2], variance = m$estimate[3],
        z = m$statistic, p_greater = m$p.value)
      # spdep's Geary: z and "greater" are about likeness, (E - C) / sd.
      rows[[length(rows) + 1]] <- data.frame(weights = name, year, statistic = "geary", under,
        estimate = g$estimate[1], expectation = g$estimate[2], variance = g$estimate[3],
        z = g$statistic, p_greater = g$p.value)
    }
    o <- globalG.test(x, listw, zero.policy = TRUE, adjust.n = FALSE, adjust.x = FALSE)
    rows[[length(rows) + 1]] <- data.frame(weights = name, year, statistic = "getis_ord", under = "randomisation",
      estimate = o$estimate[1], expectation = o$estimate[2], variance = o$estimate[3],
      z = o$statistic, p_greater = o$p.value)
    l <- localmoran(x, listw, zero.policy = TRUE, alternative = "two.sided", conditional = TRUE)
    quadrant <- attr(l, "quadr")$pysal
    local[[length(local) + 1]] <- data.frame(weights = name, year, city = cities, local = l[, 1],
      expectation = l[, 2], variance = l[, 3], p_value = l[, 5], quadrant = as.character(quadrant))
  }
}
write17 <- function(frame, file) {
  numeric <- sapply(frame, is.double)
  frame[numeric] <- lapply(frame[numeric], function(v) sprintf("%.17g", v))
  write.csv(frame, file, row.names = FALSE, quote = FALSE)
}
write17(do.call(rbind, rows), "expected_global.csv")
write17(do.call(rbind, local), "expected_local.csv")
