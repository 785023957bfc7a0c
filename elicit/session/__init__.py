"""The session that runs: pages and trials shown, answers saved, resumed and replayed."""
