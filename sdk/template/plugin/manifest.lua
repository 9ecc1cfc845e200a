return {
  name = "sample", -- that of the folder
  version = "0.1.0",
  label = { en = "Sample", ru = "Пример" },
  needs = { "base", "perigee >= 0.1" },
}
