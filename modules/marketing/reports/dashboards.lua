-- The ready page of those who bring customers.

dashboard "marketing_overview" {
  label = { en = "Marketing overview", ru = "Обзор маркетинга" },
  help = { en = "Which channels bring leads and profit, and what do they cost?", ru = "Какие каналы приводят лиды и прибыль и сколько стоят?" },
  roles = "marketing", period = "this_quarter",
  widgets = {
    { report = "channel_profitability", shown = "figure", metric = "spend", width = 4, height = 2 },
    { report = "new_leads", shown = "figure", metric = "leads_new", width = 4, height = 2 },
    { report = "channel_profitability", shown = "figure", metric = "romi", width = 4, height = 2 },
    { report = "leads_by_day", shown = "chart", period = "last_30_days", width = 6, height = 4 },
    { report = "spend_by_day", shown = "chart", period = "last_30_days", width = 6, height = 4 },
    { report = "channel_profitability", shown = "table", width = 12, height = 4 },
    { report = "campaign_profitability", shown = "table", width = 12, height = 4, limit = 20 },
    { report = "leads_by_outcome", shown = "table", width = 6, height = 4, limit = 10 },
    { report = "refusals", shown = "chart", width = 6, height = 4 },
  },
}
