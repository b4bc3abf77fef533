"""What those who run the service are told of it while it runs: log lines, and metrics in the words of Prometheus."""
