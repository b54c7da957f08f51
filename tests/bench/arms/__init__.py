"""What is measured: ours as it runs in the instance, a stock nameko build, and a plain asyncio build."""
