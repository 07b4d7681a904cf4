# Callaway and Sant'Anna with weights, with gaps, and simultaneous bands, by R's did; Rscript more.R writes did_more.csv.
suppressMessages(library(did))
data <- read.csv("mpdta.csv")
data$w <- 0.5 + (data$county %% 5) / 2
gaps <- data[(data$county * 7 + data$year) %% 23 != 0 | data$year == 2003, ]
rows <- list()
add <- function(case, control, method, terms, estimate, error)
  rows[[length(rows) + 1]] <<- data.frame(case, control, method, term = terms, estimate, std_error = error)

estimated <- function(case, frame, control, method, covariate, ...) {
  # With not yet treated controls and a universal base this release takes controls that are treated by the base year.
  base <- if (control == "nevertreated") "universal" else "varying"
  formula <- if (covariate) ~lpop else ~1
  found <- suppressMessages(suppressWarnings(att_gt("lemp", "year", "county", "first_treat", formula, frame,
    control_group = control, est_method = method, base_period = base, bstrap = FALSE, cband = FALSE, ...)))
  keep <- !is.na(found$se)
  named <- ifelse(covariate, "lpop", "")
  label <- paste(method, named, sep = "|")
  add(case, control, label, sprintf("ATT(%d,%d)", found$group, found$t)[keep], found$att[keep], found$se[keep])
  for (type in c("dynamic", "group", "simple")) {
    one <- aggte(found, type, bstrap = FALSE, cband = FALSE, na.rm = TRUE)
    add(case, control, label, paste0(type, ":overall"), one$overall.att, one$overall.se)
    if (type != "simple") {
      solid <- !is.na(one$se.egt)
      add(case, control, label, paste0(type, ":", one$egt)[solid], one$att.egt[solid], one$se.egt[solid])
    }
  }
  found
}

for (control in c("nevertreated", "notyettreated"))
  for (method in c("dr", "reg", "ipw")) {
    estimated("weights", data, control, method, TRUE, weightsname = "w")
    estimated("gaps", gaps, control, method, TRUE, allow_unbalanced_panel = TRUE)
    estimated("gaps, weights", gaps, control, method, TRUE, allow_unbalanced_panel = TRUE, weightsname = "w")
    # With not yet treated controls this release takes those that already anticipate.
    if (control == "nevertreated") estimated("anticipation", data, control, method, TRUE, anticipation = 1)
  }

# The critical value of the band over event times, by 50,000 multiplier draws.
set.seed(1)
for (control in c("nevertreated", "notyettreated")) {
  found <- suppressMessages(att_gt("lemp", "year", "county", "first_treat", ~1, data, control_group = control,
    base_period = "universal", bstrap = TRUE, cband = TRUE, biters = 1000))
  band <- aggte(found, "dynamic", bstrap = TRUE, cband = TRUE, biters = 50000)
  add("band", control, "dr|", "critical", band$crit.val.egt, NA)
}
table <- do.call(rbind, rows)
table$estimate <- sprintf("%.15g", table$estimate)
table$std_error <- ifelse(is.na(table$std_error), "", sprintf("%.15g", table$std_error))
write.csv(table, "did_more.csv", row.names = FALSE, quote = TRUE)
cat(nrow(table), as.character(packageVersion("did")), as.character(packageVersion("DRDID")), R.version.string, "\n")
