"""Run the simulator with `python -m selfservice.simulator`."""

from selfservice.simulator.command import simulator

if __name__ == "__main__":
    simulator()
