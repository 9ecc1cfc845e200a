-- Ready pages for those who sell, who lead them and who look after customers.

dashboard "my_sales" {
  label = { en = "My sales", ru = "Мои продажи" },
  help = { en = "Where do I stand, and what needs a hand today?", ru = "Как идут мои дела и что требует внимания сегодня?" },
  roles = "sales", period = "this_month",
  widgets = {
    { report = "revenue_by_month", shown = "figure", metric = "revenue", compare = "previous", width = 3, height = 2 },
    { report = "revenue_by_month", shown = "figure", metric = "deals_won", compare = "previous", width = 3, height = 2 },
    { report = "rating", shown = "figure", metric = "win_rate", width = 3, height = 2 },
    { title = { en = "Plan of revenue", ru = "План по выручке" }, report = "plan_fact", shown = "goal", metric = "revenue", goal = "plan_revenue", period = "this_quarter", width = 3, height = 2 },
    { report = "pipeline_by_stage", shown = "funnel", width = 6, height = 4 },
    { report = "revenue_by_month", shown = "chart", period = "last_12_months", compare = "year_before", width = 6, height = 4 },
    { report = "without_next_step", shown = "table", width = 6, height = 4, limit = 10 },
    { report = "stuck", shown = "table", width = 6, height = 4, limit = 10 },
    {
      title = { en = "Open deals, the largest first", ru = "Открытые сделки, крупные сверху" },
      entity = "deal", where = "stage.kind == 'open'", sort = "-amount", fields = "name,stage,amount,expected_on", width = 12, height = 4,
    },
  },
}

dashboard "sales_overview" {
  label = { en = "Sales overview", ru = "Обзор продаж" },
  help = { en = "How does the department do, and who is ahead of the plan?", ru = "Как идут дела отдела и кто опережает план?" },
  roles = { "head", "admin" }, period = "this_quarter",
  widgets = {
    { report = "revenue_by_month", shown = "figure", metric = "revenue", compare = "previous", width = 3, height = 2 },
    { report = "rating", shown = "figure", metric = "win_rate", width = 3, height = 2 },
    { report = "pipeline_by_stage", shown = "figure", width = 3, height = 2 },
    { title = { en = "Plan of revenue", ru = "План по выручке" }, report = "plan_fact", shown = "goal", metric = "revenue", goal = "plan_revenue", width = 3, height = 2 },
    { report = "revenue_by_month", shown = "chart", period = "last_12_months", compare = "year_before", width = 8, height = 4 },
    { report = "funnel", shown = "funnel", width = 4, height = 4 },
    { report = "rating", shown = "table", width = 8, height = 4, limit = 10 },
    { report = "lost_by_reason", shown = "chart", width = 4, height = 4 },
    { report = "plan_fact", shown = "table", width = 12, height = 4, limit = 20 },
    { report = "top_products", shown = "table", width = 6, height = 4, limit = 10 },
    { report = "data_quality", shown = "table", width = 6, height = 4 },
  },
}

dashboard "service_day" {
  label = { en = "Work of the service", ru = "Работа сервиса" },
  help = { en = "What is open, what is late, and who carries how much?", ru = "Что открыто, что просрочено и кто сколько несёт?" },
  roles = "support", period = "this_month",
  widgets = {
    { report = "tasks_by_employee", shown = "figure", width = 4, height = 2 },
    { report = "activity_by_day", shown = "chart", period = "last_30_days", width = 8, height = 4 },
    { report = "activities_by_kind", shown = "chart", width = 4, height = 4 },
    { report = "tasks_by_employee", shown = "table", width = 8, height = 4, limit = 20 },
    { report = "workload", shown = "table", width = 12, height = 4, limit = 20 },
  },
}
